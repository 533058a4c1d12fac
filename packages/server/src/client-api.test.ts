import assert from "node:assert/strict";
import { test } from "node:test";
import { askHandler, InProcessMember } from "./api/legacy/testing/index.ts";
import { V2AuthGuard, V2AuthStore } from "./api/v2/index.ts";
import { createClientApi } from "./client-api.ts";
import type { Dialect } from "./config/index.ts";
import { type HttpHandler, silentLogger } from "./ports/index.ts";
import { FakeClock, RecordedMetrics } from "./testing/index.ts";

const dialects: readonly Dialect[] = ["0.2", "0.3", "0.4", "2.3", "3.4", "3.7"];

interface Limits {
  readonly hostWhitelist?: readonly string[];
  readonly cors?: readonly string[];
  readonly corsBefore3?: readonly string[];
}

function api(dialect: Dialect, limits: Limits = {}): HttpHandler {
  const clock = new FakeClock();
  const member = new InProcessMember({
    dialect: "3.4",
    name: "m",
    peerUrl: "http://p:1",
    clientUrl: "http://c:1",
    clock,
  });
  const passwords = { hash: (text: string) => Promise.resolve(text), matches: () => Promise.resolve(true) };
  const store = new V2AuthStore({ member, passwords });
  const guard = new V2AuthGuard({ store, passwords, trustsCertificates: false });
  const metrics = new RecordedMetrics();
  const config = { enableV2: true, modules: true, hostWhitelist: [], cors: ["*"], corsBefore3: [], ...limits };
  const ops = {
    member: {
      alarms: () => [],
      hasLeader: () => true,
      isLearner: () => false,
      read: () => Promise.resolve(undefined),
      clusterVersion: () => "3.7.0",
      storageVersion: () => undefined,
      debugVars: () => ({}),
      setLogLevel: () => {},
    },
    serverVersion: "3.7.1",
    compat: "3.7" as const,
    metrics,
    metricsText: { contentType: "", text: () => Promise.resolve("") },
    log: silentLogger,
  };
  return createClientApi(dialect, { config, member, auth: { store, guard }, ops, clock, log: silentLogger });
}

for (const dialect of dialects) {
  test(`a listener of ${dialect} refuses hosts that are not on the whitelist`, async () => {
    const handler = api(dialect, { hostWhitelist: ["good"] });
    const status = async (host: string) => (await askHandler(handler, "GET /v2/keys/", { headers: { host } })).status;
    assert.deepEqual([await status("good:1"), await status("evil:1")], [200, 421]);
  });

  test(`a listener of ${dialect} allows other websites only what its release did`, async () => {
    const headers = { origin: "http://evil" };
    const allowed = async (limits: Limits) => {
      const answer = await askHandler(api(dialect, limits), "GET /v2/keys/", { headers });
      return { ...answer.headers, ...answer.commonHeaders }["Access-Control-Allow-Origin"];
    };
    assert.equal(await allowed({}), dialect.startsWith("3") ? "*" : undefined);
    assert.equal(await allowed({ cors: ["*"], corsBefore3: ["*"] }), "*");
  });

  test(`a listener of ${dialect} refuses paths without end, those of modules too`, async () => {
    const { status } = await askHandler(api(dialect), `POST /mod/v2/lock${"/a".repeat(5_000)}`, { form: "ttl=9" });
    assert.equal(status, 400);
  });
}
