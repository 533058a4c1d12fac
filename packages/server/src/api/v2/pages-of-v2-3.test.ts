import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest } from "../../ports/index.ts";
import { asPagesOf23 } from "./pages-of-v2-3.ts";

const pages = [
  [200, '{"health":"true"}', '{"health": "true"}'],
  [200, '{"health":"true","reason":""}', '{"health": "true"}'],
  [503, '{"health":"false","reason":"RAFT NO LEADER"}\n', '{"health": "false"}\n'],
] as const;

for (const [status, body, expected] of pages)
  test(`2.3 tells ${body.trim()} in its own form`, async () => {
    const handler = asPagesOf23(() => ({ status, headers: {}, body }));
    const answer = await handler({ path: "/health" } as HttpRequest);
    assert.deepEqual([answer.status, answer.body], [status, expected]);
  });
