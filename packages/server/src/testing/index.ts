export { FakeClock } from "./fake-clock.ts";
export { type BeforeCommit, MemoryBackend, MemoryDisk } from "./memory-backend.ts";
export { RecordedMetrics } from "./recorded-metrics.ts";
export { SeededRandom } from "./seeded-random.ts";
