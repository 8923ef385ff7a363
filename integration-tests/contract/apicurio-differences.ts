/**
 * Where Apicurio (3.3, its API `ccompat/v7`) was observed to do otherwise than the Confluent Schema Registry.
 */
import type { Difference } from "./differences.ts";

/** By what it does instead; the titles are those of the cases that see it. */
const observed: Readonly<Record<string, readonly string[]>> = {
  "registering answers the id alone": [
    "registering answers id, version, GUID, type and text of what is filed",
    "Confluent's client for JavaScript is told version and GUID when it registers, and finds the schema by that GUID",
    "Confluent's client for JavaScript writes the GUID into a header, and reads by it",
    "Confluent's client for Python is told version and GUID when it registers, and finds the schema by that GUID",
    "Confluent's client for Python writes the GUID into a header, and reads by it",
    "a schema that is read by its id has its type and GUID",
  ],
  "its level where nobody set one is NONE": [
    "a schema is held to BACKWARD where nobody set a level",
    "the level of all is BACKWARD again once it is taken back",
  ],
  "GET /config of a subject without a level answers the level of all": [
    "registering without a level leaves none behind",
    "a subject without a level tells that of all on demand",
    "Confluent's client for JavaScript is told that a subject has no level of its own",
    "Confluent's client for Python takes a config back, and is told that there is none",
  ],
  "the config of a subject that is not there is 40401, also with defaultToGlobal": [
    "the level of all is told for a subject that is not there",
    "a subject's level is taken back once",
    "a subject's level outlives a soft delete and not a permanent one",
  ],
  "what breaks the level is error 409, in words of its own": [
    "a schema that breaks the level is refused with every reason and the version it breaks",
    "is refused a schema that breaks the level, with the registry's words",
    "Confluent's client for JavaScript is refused what breaks the level with code 40901 and the rule",
    "Confluent's client for Python is refused what breaks the level with code 40901 and the rule",
  ],
  "verbose=true gives no messages": [
    "a verbose check names the rules that are broken, the version and the level",
    "what is incompatible is named by rule, the same before and at registering",
  ],
  "a check without a version compares with all versions at every level": [
    "a level that is not transitive looks at the latest version alone",
  ],
  "a check on a subject that is not there is 40401": [
    "whatever is asked of a subject that does not exist is compatible",
    "a subject that is deleted goes with everything",
  ],
  "a version that is none is 404 with 40402": [
    "a version that is none is refused",
    "deleting a version that is none is refused",
    "a check against a version that is none is refused",
  ],
  "the order of deletions is a conflict: 409 with 40405, 40406, 40407": [
    "a version that is live is not deleted for good",
    "a version is not deleted softly twice",
    "a subject that is live is not deleted for good",
    "Confluent's client for JavaScript may not delete for good what is live",
    "Confluent's client for Python may not delete for good what is live",
  ],
  "deleting a subject again deletes its deleted versions again": [
    "a deleted subject's version numbers go on when it is registered again",
  ],
  "a look-up in a deleted subject is 40403, not 40401": ["a deleted schema is looked up on demand alone"],
  "docs and versions of references do not make another schema": [
    "a doc edited is a new version",
    "the same text with a reference to another version is another schema",
  ],
  "a look-up without references is 40403, not an invalid schema": [
    "a schema that lacks its references is no schema",
  ],
  "a reference of version -1 is none": ["a reference to version -1 is one to the latest"],
  "a deleted version still counts as referring": ["what refers to a version does so until it is deleted"],
  "a body without a schema or without a level is error 500": [
    "no schema on a new subject is refused",
    "no schema on a subject that has one is its latest",
    "a level without a body is refused",
  ],
  "id, version and metadata in a body are not looked at": [
    "the next version may be said, another one not",
    "an id may not be said outside of import mode",
    "metadata makes a new version, and is answered",
    "metadata make a version of their own",
    "confluent:version becomes the version's real number",
    "an import takes ids and versions as they come, and no second schema under an id",
    "an import checks no compatibility",
    "ids go on after the highest one that was imported",
  ],
  "no name of a subject is reserved": ["a subject that nobody may have is refused"],
  "fetchMaxId is not looked at": ["fetchMaxId tells the highest id beside the schema"],
  "/schemas/guids is no route of its": [
    "a schema's GUID that is not there has no id",
    "a schema is read by the GUID that registering answers",
    "an unknown GUID is refused",
    "a GUID's ids are one for each context that has the schema",
    "an unknown GUID has no ids",
    "a schema is read by its GUID with its references written out",
    "GET /schemas/guids/x/ids is not answered to who takes HTML alone",
  ],
  "/schemas lists texts without subject and version": [
    "schemas are listed by subject prefix, oldest version first",
    "deleted schemas are listed on demand",
  ],
  "/schemas does not look at latestOnly, and counts offset and limit before the prefix": [
    "latestOnly lists the newest version of each subject",
    "offset and limit cut a page out of the list",
  ],
  "of lists, those of a subject's versions alone are cut by offset and limit": [
    "offset and limit cut a page out of an id's subjects and versions",
    "offset and limit cut a page out of what refers to a version",
    "Confluent's client for Python reads the subjects of an id in pages",
  ],
  "a format that nobody knows is refused": ["a schema is read as it is in a format that nobody knows"],
  "/subjects/{subject}/metadata answers 204, whatever is asked": [
    "the latest version with certain metadata is found by all its keys and values",
    "a version that is deleted is found by its metadata on demand",
    "a version without metadata is not found by them",
    "the metadata of an unknown subject are refused",
    "Confluent's client for JavaScript finds the latest version by its metadata",
    "Confluent's client for Python finds the latest version by its metadata",
  ],
  "subjectPrefix is not looked at when subjects are listed": [
    "offset and limit cut a page out of the subjects",
    "subjects are listed by prefix; those without a live version on demand",
    "subjects of all contexts are listed, and those of one by its prefix",
  ],
  "of a config, the level alone is kept": [
    "Confluent's client for JavaScript keeps what it sets beside the level",
  ],
  "level and mode are put in capitals alone": [
    "a subject's level is put in any case",
    "a subject's mode is put in any case",
  ],
  "a mode that is none is 42201, not 42204": [
    "a mode of all that is none is refused",
    "a subject's mode that is none is refused",
  ],
  "READONLY_OVERRIDE is no mode of its": ["READONLY_OVERRIDE goes over a subject's own mode"],
  "READONLY and IMPORT change nothing, and are always taken": [
    "READONLY for all refuses to register",
    "Confluent's client for Python may not write to what is read-only",
    "a read-only subject takes neither schemas nor deletions",
    "what is read-only takes no schema, which is told as a right that is missing",
    "IMPORT for all is refused where there are schemas, unless it is forced",
    "IMPORT is refused to a subject that has a schema, unless it is forced",
  ],
  "DELETE /mode is no route of its": [
    "the mode of all is READWRITE again once it is taken back",
    "DELETE /mode is not answered to who takes HTML alone",
  ],
  "GET /mode of a subject without one answers the mode of all": [
    "a subject's mode is taken back once",
    "a subject without a mode of its own has none",
  ],
  "taking back a level that is none is answered as if there was one": [
    "a level of one's own is taken back once",
  ],
  "a context is a part of the subject's name and no more": [
    "a context is there once a schema is in it",
    "a subject may name its context",
    "ids count from 1 in each context",
    "the default context may be said and is not answered",
    "?subject in a context does not find ids of the default one",
    "an id in a context is found with ?subject",
    "a subject that the default context lacks is found in another",
    "a reference means a subject of the same context",
  ],
  "the default context is called :.:": [
    "the default context is always there",
    "offset and limit cut a page out of the contexts",
  ],
  "/contexts/{context} has nothing below it": [
    "paths below a context are about subjects in it",
    "a context with a colon is refused",
    "a context's level is that of its subjects, until they have one of their own",
    "a context's mode is that of its subjects",
  ],
  "its root is a page of HTML": [
    "a registry answers its root with an empty object",
    "GET / is not answered to who takes HTML alone",
  ],
  "refusals of plain HTTP have no JSON": [
    "a refusal of plain HTTP has a body with its status as the error code",
  ],
};

export const apicurioDifferences: readonly Difference[] = Object.entries(observed).flatMap(
  ([reason, titles]) => titles.map((title) => ({ title, reason })),
);
