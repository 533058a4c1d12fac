import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OutputBuffer } from "../lib/index.ts";
import { HeaderField, HpackDecoder, HpackEncoder } from "./index.ts";

/** The examples of RFC 7541 appendix C: name, table size, and per block its octets and fields. */
const requests = [
  [
    [":method", "GET"],
    [":scheme", "http"],
    [":path", "/"],
    [":authority", "www.example.com"],
  ],
  [
    [":method", "GET"],
    [":scheme", "http"],
    [":path", "/"],
    [":authority", "www.example.com"],
    ["cache-control", "no-cache"],
  ],
  [
    [":method", "GET"],
    [":scheme", "https"],
    [":path", "/index.html"],
    [":authority", "www.example.com"],
    ["custom-key", "custom-value"],
  ],
];
const date = (second: number) => `Mon, 21 Oct 2013 20:13:${second} GMT`;
const cookie = "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
const location = ["location", "https://www.example.com"];
const responses = [
  [[":status", "302"], ["cache-control", "private"], ["date", date(21)], location],
  [[":status", "307"], ["cache-control", "private"], ["date", date(21)], location],
  [
    [":status", "200"],
    ["cache-control", "private"],
    ["date", date(22)],
    location,
    ["content-encoding", "gzip"],
    ["set-cookie", cookie],
  ],
];
const examples = [
  {
    name: "C.3 requests without Huffman coding",
    tableSize: 4096,
    usesHuffman: false,
    lists: requests,
    blocks: [
      "828684410f7777772e6578616d706c652e636f6d",
      "828684be58086e6f2d6361636865",
      "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    ],
  },
  {
    name: "C.4 requests with Huffman coding",
    tableSize: 4096,
    usesHuffman: true,
    lists: requests,
    blocks: [
      "828684418cf1e3c2e5f23a6ba0ab90f4ff",
      "828684be5886a8eb10649cbf",
      "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
    ],
  },
  {
    name: "C.5 responses without Huffman coding",
    tableSize: 256,
    usesHuffman: false,
    lists: responses,
    blocks: [
      "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d",
      "4803333037c1c0bf",
      "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
    ],
  },
  {
    name: "C.6 responses with Huffman coding",
    tableSize: 256,
    usesHuffman: true,
    lists: responses,
    blocks: [
      "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
      "4883640effc1c0bf",
      "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
    ],
  },
];

const singles = [
  [
    "C.2.1 literal with indexing",
    "400a637573746f6d2d6b65790d637573746f6d2d686561646572",
    "custom-key",
    "custom-header",
  ],
  ["C.2.2 literal without indexing", "040c2f73616d706c652f70617468", ":path", "/sample/path"],
  ["C.2.3 literal never indexed", "100870617373776f726406736563726574", "password", "secret"],
  ["C.2.4 indexed", "82", ":method", "GET"],
] as const;

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("the examples of RFC 7541 appendix C", () => {
  for (const { name, tableSize, usesHuffman, lists, blocks } of examples) {
    it(`decodes ${name}`, () => {
      const decoder = new HpackDecoder({ tableSizeMax: tableSize, listSizeMax: 65536 });
      const decoded = blocks.map((hex) =>
        decoder.decode(bytesOf(hex), 0, hex.length / 2)?.fields.map((f) => [f.name, f.value]),
      );
      assert.deepEqual(decoded, lists);
    });

    it(`encodes ${name}`, () => {
      const encoder = new HpackEncoder({ usesHuffman });
      encoder.limitTable(tableSize);
      // The examples take the table size as agreed, so its announcement is left aside.
      encoder.begin(new OutputBuffer(16));
      const encoded = lists.map((list) => {
        const output = new OutputBuffer(16);
        encoder.begin(output);
        for (const [field, value] of list) encoder.field(output, new HeaderField(field!, value!), true);
        return hexOf(output.view());
      });
      assert.deepEqual(encoded, blocks);
    });
  }

  for (const [name, hex, field, value] of singles) {
    it(`decodes ${name}`, () => {
      const decoder = new HpackDecoder({ tableSizeMax: 4096, listSizeMax: 65536 });
      const block = decoder.decode(bytesOf(hex), 0, hex.length / 2);
      assert.deepEqual(
        block?.fields.map((f) => [f.name, f.value]),
        [[field, value]],
      );
    });
  }
});
