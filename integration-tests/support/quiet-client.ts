/**
 * A whole life of our Kafka client as a program: topic, records out, records in, everything closed. Its stderr is
 * to stay empty and it is to end by itself. Argument: the broker's address.
 */
import { adapterOf, createTopic, read, record, send } from "./kafka-clients.ts";

const client = adapterOf(process.argv[2] ?? "");
const topic = await createTopic(client, 2);
await send(client, topic, [record("a", "1"), record("b", "2"), record("c")]);
const records = await read(client, 3, { topics: [topic] });
process.stdout.write(`${records.length}\n`);
