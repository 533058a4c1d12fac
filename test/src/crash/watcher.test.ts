import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import type { EtcdClient, Message } from "../harness/index.ts";
import { Watcher } from "./watcher.ts";

class FakeStream extends EventEmitter {
  readonly written: Message[] = [];
  write(message: Message): void {
    this.written.push(message);
  }
  cancel(): void {}
}

interface Event {
  readonly revision: number;
  readonly key?: string;
  readonly value?: string;
  readonly created?: number;
  readonly version?: number;
}

function watching(): { watcher: Watcher; answer: (...events: Event[]) => void; stream: FakeStream } {
  const stream = new FakeStream();
  const watcher = new Watcher("w");
  watcher.resume({ stream: () => stream } as unknown as EtcdClient);
  const answer = (...events: Event[]): void => {
    const messages = events.map(({ revision, key = "a", value, created = revision, version = 1 }) => ({
      type: value === undefined ? "Delete" : "Put",
      kv: {
        key: Buffer.from(key),
        value: Buffer.from(value ?? ""),
        modRevision: revision,
        createRevision: created,
        version,
      },
    }));
    stream.emit("data", { canceled: false, events: messages });
  };
  return { watcher, answer, stream };
}

test("Watcher accepts revisions that follow each other, and rebuilds the store", () => {
  const { watcher, answer } = watching();
  answer({ revision: 2, value: "w:1:" }, { revision: 3, value: "w:2:", created: 2, version: 2 });
  answer({ revision: 4, key: "b", value: "w:3:" }, { revision: 4 });
  assert.deepEqual(watcher.complaints, []);
  assert.deepEqual([...watcher.store.keys()], ["b"]);
  assert.equal(watcher.revision, 4);
});

test("Watcher resumes after the last revision it saw", () => {
  const { watcher, answer } = watching();
  answer({ revision: 2, value: "w:1:" });
  const stream = new FakeStream();
  watcher.resume({ stream: () => stream } as unknown as EtcdClient);
  assert.equal(stream.written[0].createRequest.startRevision, 3);
});

const wrong: readonly { name: string; answers: Event[][]; complaint: RegExp }[] = [
  { name: "a gap", answers: [[{ revision: 3, value: "w:1:" }]], complaint: /revision 3 came after 1/ },
  {
    name: "a repetition",
    answers: [[{ revision: 2, value: "w:1:" }], [{ revision: 2, value: "w:2:", version: 2 }]],
    complaint: /revision 2 came again or in two pieces/,
  },
  {
    name: "revisions that go back within an answer",
    answers: [
      [
        { revision: 2, value: "w:1:" },
        { revision: 3, key: "b", value: "w:2:" },
        { revision: 2, key: "c", value: "w:3:" },
      ],
    ],
    complaint: /revision 2 came after 3/,
  },
  { name: "a deletion of nothing", answers: [[{ revision: 2 }]], complaint: /deleted at 2 without being there/ },
  { name: "a wrong version", answers: [[{ revision: 2, value: "w:1:", version: 2 }]], complaint: /has version 2/ },
  {
    name: "a write that was applied twice",
    answers: [
      [
        { revision: 2, value: "w:1:" },
        { revision: 3, key: "b", value: "w:1:" },
      ],
    ],
    complaint: /write 1 came twice or late/,
  },
];

for (const { name, answers, complaint } of wrong) {
  test(`Watcher complains about ${name}`, () => {
    const { watcher, answer } = watching();
    for (const events of answers) answer(...events);
    assert.match(watcher.complaints.join("\n"), complaint);
  });
}
