/**
 * What a broker was told reaches its readers a moment after it said yes: KRaft's controller answers, and the broker
 * learns of topics and their settings from its log.
 */
const patienceMs = 10_000;

/** Asks again until `check` throws no more; what it last threw, after ten seconds. */
export async function eventually<Answer>(
  ask: () => Promise<Answer>,
  check: (answer: Answer) => void,
): Promise<void> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    try {
      check(answer);
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}
