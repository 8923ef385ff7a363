/**
 * Takes what a test left in a registry that others use out of it, as far as the registry lets it: lists of subjects
 * are cut off when they are long, and nobody wants to read a test's.
 */

/** Those that refer to others come before them. Subjects are percent-encoded. Never throws over an answer. */
export async function deleteSubjects(url: string, subjects: readonly string[]): Promise<void> {
  for (const subject of subjects) {
    for (const call of [`/mode/${subject}`, `/config/${subject}`, `/subjects/${subject}`]) {
      await deleteAt(url + call);
    }
    await deleteAt(`${url}/subjects/${subject}?permanent=true`);
  }
}

async function deleteAt(address: string): Promise<void> {
  const response = await fetch(address, { method: "DELETE", headers: { Connection: "close" } });
  await response.arrayBuffer();
}
