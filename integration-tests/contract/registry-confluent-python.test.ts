/**
 * What users of Confluent's registry client for Python (confluent-kafka) do with a Schema Registry, and what they see.
 */
import { afterAll, beforeAll, expect } from "@jest/globals";
import { isJsonObject } from "../../src/kernel/json.ts";
import { parseFrame } from "../../src/wire/frame.ts";
import { openPythonDriver, type PythonDriver } from "../support/python-driver.ts";
import { describeRegistry } from "../support/registry-targets.ts";
import { describeWith } from "../support/requirements.ts";
import { schemasOf, topicOf } from "../support/subject-schemas.ts";

interface Serialized {
  /** Base64. */
  readonly payload: string;
  readonly headers: Readonly<Record<string, string>>;
}

const refusedWith = (status: number, code?: number) => ({
  details: code === undefined ? expect.objectContaining({ status }) : { status, code },
});

describeWith("python", "with the packages of the interpreter", (python) => {
  describeRegistry("confluent-kafka for Python", ({ test: declare, url, freshSubject }) => {
    let driver: PythonDriver | undefined;
    beforeAll(async () => {
      driver = openPythonDriver(python, "registry.py", [url()]);
      // What it imports takes it a second; no test should pay for it.
      await driver.call("types");
    });
    afterAll(async () => {
      await driver?.[Symbol.asyncDispose]();
    });
    const test = (title: string, run: () => Promise<void>) =>
      declare(`Confluent's client for Python ${title}`, run);
    const call = async <Result = unknown>(op: string, args: Readonly<Record<string, unknown>> = {}) => {
      if (driver === undefined) throw new Error("the driver has not started");
      return driver.call<Result>(op, args);
    };
    const register = (subject: string, text: string, more: object = {}) =>
      call<number>("register", { subject, text, ...more });
    const frameOf = ({ payload }: Serialized) => parseFrame(Buffer.from(payload, "base64"));
    const createSubject = () => {
      const subject = freshSubject();
      return { subject, topic: topicOf(subject), ...schemasOf(subject) };
    };

    test("finds what it registered by text, id and version", async () => {
      const { subject, v1, v2 } = createSubject();
      const id = await register(subject, v1);
      const next = await register(subject, v2);
      expect(await call("lookup", { subject, text: v1 })).toMatchObject({ id, version: 1, subject });
      expect(await call("by_id", { id, subject_name: subject })).toMatchObject({ schema: v1 });
      expect(await call("version", { subject, version: 1 })).toMatchObject({ id, schema: v1 });
      expect(await call("latest", { subject })).toMatchObject({ id: next, version: 2, schema: v2 });
      expect(await call("versions", { subject })).toEqual([1, 2]);
      expect(await call("subjects")).toContain(subject);
      expect(await call("types")).toContain("AVRO");
    });

    test("registers the same again under the same id, normalized or not", async () => {
      const { subject, v1 } = createSubject();
      const id = await register(subject, v1);
      expect(await register(subject, v1.replaceAll(",", " , "))).toBe(id);
      expect(await register(subject, v1, { normalize: true })).toBe(id);
      expect(await call("lookup", { subject, text: v1, normalize: true })).toMatchObject({ id });
      expect(await call("versions", { subject })).toEqual([1]);
    });

    test("is told version and GUID when it registers, and finds the schema by that GUID", async () => {
      const { subject, v1 } = createSubject();
      const registered = await call("register_full", { subject, text: v1 });
      expect(registered).toMatchObject({ version: 1, guid: expect.stringMatching(/^[0-9a-f-]{36}$/) });
      const guid = isJsonObject(registered) ? registered.guid : null;
      expect(await call("by_guid", { guid })).toMatchObject({ schema: v1 });
    });

    test("finds subjects and versions of an id", async () => {
      const { subject, v1 } = createSubject();
      const other = freshSubject();
      const id = await register(subject, v1);
      expect(await register(other, v1)).toBe(id);
      expect(await call("subjects_by_id", { id })).toEqual([subject, other].sort());
      const versions = await call<object[]>("versions_by_id", { id });
      expect(versions).toHaveLength(2);
      expect(versions).toContainEqual({ subject: other, version: 1 });
    });

    test("reads lists in pages", async () => {
      const { subject, v1, v2 } = createSubject();
      await register(subject, v1);
      await register(subject, v2);
      expect(await call("versions", { subject, offset: 1, limit: 1 })).toEqual([2]);
      expect(await call("contexts", { offset: 0, limit: 1 })).toHaveLength(1);
    });

    test("reads the subjects of an id in pages", async () => {
      const { subject, v1 } = createSubject();
      const id = await register(subject, v1);
      const other = freshSubject();
      await register(other, v1);
      const [, second] = [subject, other].sort();
      expect(await call("subjects_by_id", { id, offset: 1, limit: 1 })).toEqual([second]);
    });

    test("is refused what breaks the level with status 409", async () => {
      const { subject, v1, breaking } = createSubject();
      await call("set_level", { subject, level: "BACKWARD" });
      await register(subject, v1);
      await expect(register(subject, breaking)).rejects.toMatchObject(refusedWith(409));
      expect(await call("versions", { subject })).toEqual([1]);
    });

    test("is refused what breaks the level with code 40901 and the rule", async () => {
      const { subject, v1, breaking } = createSubject();
      await call("set_level", { subject, level: "BACKWARD" });
      await register(subject, v1);
      await expect(register(subject, breaking)).rejects.toMatchObject({
        kind: "SchemaRegistryError",
        ...refusedWith(409, 40901),
        message: expect.stringContaining("TYPE_MISMATCH"),
      });
    });

    test("gets the verdict of the latest version, of any, and of all", async () => {
      const { subject, v1, v2, breaking } = createSubject();
      await call("set_level", { subject, level: "NONE" });
      await register(subject, v1);
      await register(subject, breaking);
      await call("set_level", { subject, level: "BACKWARD_TRANSITIVE" });
      expect(await call("check", { subject, text: breaking })).toBe(true);
      expect(await call("check", { subject, text: v2, version: 1 })).toBe(true);
      expect(await call("check", { subject, text: v2, version: 2 })).toBe(false);
      expect(await call("check_all", { subject, text: breaking })).toBe(false);
      await expect(call("check", { subject, text: v2, version: 7 })).rejects.toMatchObject(
        refusedWith(404, 40402),
      );
    });

    test("sets levels and configs, and reads them", async () => {
      const { subject, v1 } = createSubject();
      await register(subject, v1);
      expect(await call("set_level", { subject, level: "forward" })).toMatchObject({
        compatibility: "FORWARD",
      });
      expect(await call("level", { subject })).toBe("FORWARD");
      await call("set_config", { subject, config: { compatibility: "FULL" } });
      expect(await call("config", { subject })).toMatchObject({ compatibilityLevel: "FULL" });
      await expect(call("set_level", { subject, level: "SOME" })).rejects.toMatchObject(
        refusedWith(422, 42203),
      );
    });

    test("takes a config back, and is told that there is none", async () => {
      const { subject, v1 } = createSubject();
      await register(subject, v1);
      await call("set_level", { subject, level: "FULL" });
      await call("delete_config", { subject });
      await expect(call("level", { subject })).rejects.toMatchObject(refusedWith(404, 40408));
    });

    test("sets a mode and reads it", async () => {
      const { subject, v1 } = createSubject();
      await register(subject, v1);
      await call("set_mode", { subject, mode: "READONLY" });
      expect(await call("mode", { subject })).toBe("READONLY");
      await call("set_mode", { subject, mode: "READWRITE" });
      expect(await call("mode", { subject })).toBe("READWRITE");
    });

    test("may not write to what is read-only", async () => {
      const { subject, v1, v2 } = createSubject();
      await register(subject, v1);
      await call("set_mode", { subject, mode: "READONLY" });
      await expect(register(subject, v2)).rejects.toMatchObject(refusedWith(422, 42205));
      expect(await call("delete_mode", { subject })).toBe("READONLY");
      expect(await call("versions", { subject })).toEqual([1]);
    });

    test("deletes a version softly, then for good", async () => {
      const { subject, v1, v2 } = createSubject();
      await register(subject, v1);
      await register(subject, v2);
      expect(await call("delete_version", { subject, version: 1 })).toBe(1);
      expect(await call("versions", { subject })).toEqual([2]);
      expect(await call("versions", { subject, deleted: true })).toEqual([1, 2]);
      expect(await call("version", { subject, version: 1, deleted: true })).toMatchObject({ version: 1 });
      expect(await call("delete_version", { subject, version: 1, permanent: true })).toBe(1);
      await expect(call("version", { subject, version: 1, deleted: true })).rejects.toMatchObject(
        refusedWith(404, 40402),
      );
    });

    test("deletes a subject softly, then for good", async () => {
      const { subject, v1, v2 } = createSubject();
      await register(subject, v1);
      await register(subject, v2);
      expect(await call("delete_subject", { subject })).toEqual([1, 2]);
      expect(await call("subjects")).not.toContain(subject);
      expect(await call("subjects", { deleted: true })).toContain(subject);
      expect(await call("lookup", { subject, text: v2, deleted: true })).toMatchObject({ version: 2 });
      expect(await call("delete_subject", { subject, permanent: true })).toEqual([1, 2]);
      await expect(call("versions", { subject })).rejects.toMatchObject(refusedWith(404, 40401));
    });

    test("may not delete for good what is live", async () => {
      const { subject, v1 } = createSubject();
      await register(subject, v1);
      await expect(call("delete_subject", { subject, permanent: true })).rejects.toMatchObject(
        refusedWith(404, 40405),
      );
    });

    test("is told by code what is not there", async () => {
      const { subject, v1, v2 } = createSubject();
      await expect(call("latest", { subject })).rejects.toMatchObject(refusedWith(404, 40401));
      await expect(call("lookup", { subject, text: v1 })).rejects.toMatchObject(refusedWith(404, 40401));
      await register(subject, v1);
      await expect(call("version", { subject, version: 9 })).rejects.toMatchObject(refusedWith(404, 40402));
      await expect(call("lookup", { subject, text: v2 })).rejects.toMatchObject(refusedWith(404, 40403));
      await expect(call("by_id", { id: 2_147_483_001 })).rejects.toMatchObject(refusedWith(404, 40403));
      await expect(register(subject, '{"type":"record"}')).rejects.toMatchObject(refusedWith(422, 42201));
    });

    test("finds the latest version by its metadata", async () => {
      const { subject, v1, v2 } = createSubject();
      await register(subject, v1, { properties: { owner: "x" } });
      await register(subject, v2, { properties: { owner: "y" } });
      const find = (owner: string) => call("latest_with_metadata", { subject, metadata: { owner } });
      expect(await find("x")).toMatchObject({ version: 1 });
      await expect(find("z")).rejects.toMatchObject(refusedWith(404, 40403));
    });

    test("keeps subjects of a context apart", async () => {
      const { subject, v1, breaking } = createSubject();
      const context = `:.c${subject.replaceAll("-", "")}:`;
      const elsewhere = `${context}${subject}`;
      await register(subject, v1);
      const id = await register(elsewhere, breaking);
      expect(await call("by_id", { id, subject_name: elsewhere })).toMatchObject({ schema: breaking });
      expect(await call("versions", { subject: elsewhere })).toEqual([1]);
      expect(await call("latest", { subject })).toMatchObject({ schema: v1 });
      expect(await call("delete_subject", { subject: elsewhere })).toEqual([1]);
      expect(await call("delete_subject", { subject: elsewhere, permanent: true })).toEqual([1]);
    });

    test("writes values and registers their schema by itself, and reads them", async () => {
      const { subject, topic, v1 } = createSubject();
      const written = await call<Serialized>("serialize", { topic, value: { a: 7 }, text: v1 });
      const { id } = await call<{ id: number }>("latest", { subject });
      expect(frameOf(written)).toMatchObject({ kind: "framed", id });
      expect(await call("deserialize", { topic, payload: written.payload })).toEqual({ a: 7 });
    });

    test("reads old values as a newer schema says", async () => {
      const { subject, topic, v1, v2 } = createSubject();
      const { payload } = await call<Serialized>("serialize", { topic, value: { a: 7 }, text: v1 });
      await register(subject, v2);
      expect(await call("deserialize", { topic, payload, text: v2 })).toEqual({ a: 7, b: "" });
      const config = { "use.latest.version": true };
      expect(await call("deserialize", { topic, payload, config })).toEqual({ a: 7, b: "" });
    });

    test("does not write what nobody registered", async () => {
      const { topic, v1 } = createSubject();
      const config = { "auto.register.schemas": false };
      await expect(call("serialize", { topic, value: { a: 7 }, text: v1, config })).rejects.toMatchObject(
        refusedWith(404, 40401),
      );
    });

    test("resolves references, when it registers, writes and reads", async () => {
      const { subject: innerSubject, inner } = createSubject();
      const { subject, topic, outer } = createSubject();
      await register(innerSubject, inner.text);
      const references = [{ name: inner.name, subject: innerSubject, version: 1 }];
      const id = await register(subject, outer(inner.name), { references });
      expect(await call("referenced_by", { subject: innerSubject, version: 1 })).toEqual([id]);
      await expect(call("delete_subject", { subject: innerSubject })).rejects.toMatchObject(
        refusedWith(422, 42206),
      );
      const config = { "use.latest.version": true, "auto.register.schemas": false };
      const { payload } = await call<Serialized>("serialize", { topic, value: { e: "B" }, config });
      expect(await call("deserialize", { topic, payload })).toEqual({ e: "B" });
    });

    test("writes the GUID into a header, and reads by it", async () => {
      const { topic, v2 } = createSubject();
      // The client reads nothing shorter than a frame, wherever the GUID is.
      const value = { a: 7, b: "some text" };
      const { payload, headers } = await call<Serialized>("serialize", {
        topic,
        value,
        text: v2,
        in_header: true,
      });
      expect(Buffer.from(payload, "base64").subarray(0, 2)).toEqual(Buffer.from([14, 18]));
      expect(Object.keys(headers)).toEqual(["__value_schema_id"]);
      expect(await call("deserialize", { topic, payload, headers })).toEqual(value);
    });
  });
});
