import assert from "node:assert/strict";
import { test } from "node:test";
import { Request } from "@etcd-ts/proto";
import { MemoryBackend } from "../testing/index.ts";
import type { NodeView } from "./node.ts";
import { V2Store } from "./v2-store.ts";

const depth = 20_000;

test("a recursive read reaches the end of a tree that is deeper than the stack", () => {
  const store = V2Store.open({ backend: new MemoryBackend() });
  store.apply(Request.create({ method: "PUT", path: `/1${"/x".repeat(depth)}`, val: "end" }));
  const { event } = store.read({ path: "/1", recursive: true, sorted: true, nowMs: 0 });
  let view: NodeView | undefined = event?.node;
  for (let i = 0; i < depth; i++) view = view?.nodes?.[0];
  assert.equal(view?.value, "end");
});
