import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { messageTypes, services } from "./index.ts";

const packageFolder = new URL("../", import.meta.url);

test("the checked-in code is what the generator makes of the schema", async () => {
  const { generate } = (await import(new URL("scripts/generate.mjs", packageFolder).href)) as {
    generate(): Map<string, string>;
  };
  const folder = new URL("src/generated/", packageFolder);
  const files = generate();
  assert.deepEqual(readdirSync(folder).sort(), [...files.keys()].sort());
  for (const [name, content] of files) assert.equal(readFileSync(new URL(name, folder), "utf8"), content, name);
});

test("every service has the methods of etcd 3.7, and every method the path of its service", () => {
  const counts = Object.entries(services).map(([name, methods]) => `${name} ${Object.keys(methods).length}`);
  assert.deepEqual(counts.sort(), [
    "Auth 17",
    "Cluster 5",
    "Election 5",
    "Health 3",
    "KV 6",
    "Lease 5",
    "Lock 2",
    "Maintenance 8",
    "Watch 1",
  ]);
  for (const [service, methods] of Object.entries(services)) {
    for (const [name, { path }] of Object.entries(methods))
      assert.match(path, new RegExp(`^/[a-z0-9.]+\\.${service}/${name}$`));
  }
});

test("streams are what they are in etcd", () => {
  const kinds = Object.values(services).flatMap((methods) =>
    Object.values(methods).filter(({ kind }) => kind !== "unary"),
  );
  assert.deepEqual(
    kinds.map(({ path, kind }) => `${path} ${kind}`),
    [
      "/etcdserverpb.KV/RangeStream serverStream",
      "/etcdserverpb.Watch/Watch bidi",
      "/etcdserverpb.Lease/LeaseKeepAlive bidi",
      "/etcdserverpb.Maintenance/Snapshot serverStream",
      "/grpc.health.v1.Health/Watch serverStream",
      "/v3electionpb.Election/Observe serverStream",
    ],
  );
});

test("no two messages share a name, no two fields of a message a number or a name", () => {
  const unique = (values: readonly unknown[]) => assert.equal(new Set(values).size, values.length);
  unique(messageTypes.map((type) => type.typeName));
  for (const { fields } of messageTypes) {
    unique(fields.map((field) => field.number));
    unique(fields.map((field) => field.localName));
  }
});
