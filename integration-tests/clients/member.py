"""A member of a consumer group that reads on a thread of its own, and remembers what it was given and what it read."""

import threading

from confluent_kafka import Consumer


class Member:
    """`name` says how a partition is called in `held` and `events`, `read` what is kept of a message."""

    def __init__(self, config, topics, name, read, wait_s):
        self.name, self.read, self.wait_s = name, read, wait_s
        self.changed = threading.Condition()
        self.held, self.rows, self.events, self.errors = set(), [], [], []
        self.is_closing = False
        self.client = Consumer(config)
        self.client.subscribe(
            topics,
            on_assign=lambda _client, parts: self.note("assigned", parts, set.__or__),
            on_revoke=lambda _client, parts: self.note("revoked", parts, set.__sub__),
            on_lost=lambda _client, parts: self.note("lost", parts, set.__sub__),
        )
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def note(self, event, parts, change):
        names = {self.name(part) for part in parts}
        with self.changed:
            self.events.append([event, sorted(names)])
            self.held = change(self.held, names)
            self.changed.notify_all()

    def run(self):
        while not self.is_closing:
            message = self.client.poll(0.05)
            if message is None:
                continue
            with self.changed:
                if message.error():
                    self.errors.append(message.error().name())
                else:
                    self.rows.append(self.read(message))
                self.changed.notify_all()

    def wait(self, fits):
        """Raises TimeoutError when it does not come to that in `wait_s`."""
        with self.changed:
            if not self.changed.wait_for(fits, self.wait_s):
                seen = f"held {self.held}, events {self.events}, errors {self.errors}, {len(self.rows)} records"
                raise TimeoutError(f"it did not come to that: {seen}")

    def await_held(self, count):
        self.wait(lambda: len(self.held) == count)
        return sorted(self.held)

    def await_rows(self, count):
        self.wait(lambda: len(self.rows) >= count)
        return self.rows

    def await_error(self):
        self.wait(lambda: self.errors)
        return self.errors[0]

    def close(self):
        self.is_closing = True
        self.thread.join()
        self.client.close()
