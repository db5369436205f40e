// Runs a graph in ONNX Runtime Web (wasm) on tensors from a file: node browser.mjs MODULES GRAPH IN OUT
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [modules, graph, source, target] = process.argv.slice(2);
const require = createRequire(pathToFileURL(modules + '/'));
const ort = require('onnxruntime-web');
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const KINDS = { float32: Float32Array, float64: Float64Array, int64: BigInt64Array, uint8: Uint8Array };
function tensor({ type, dims, data }) {
  if (type === 'string') return new ort.Tensor('string', data, dims);
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
  return new ort.Tensor(type, new KINDS[type](bytes.buffer), dims);
}
const plain = value => typeof value === 'bigint' ? Number(value) : value;

const session = await ort.InferenceSession.create(readFileSync(graph), { executionProviders: ['wasm'] });
const found = [], spent = [];
for (const feeds of JSON.parse(readFileSync(source, 'utf8'))) {
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, tensor(value)]));
  const start = performance.now();
  const outputs = await session.run(inputs);
  spent.push(performance.now() - start);
  found.push(Object.fromEntries(Object.entries(outputs).map(
    ([name, output]) => [name, { dims: output.dims, data: Array.from(output.data, plain) }])));
}
writeFileSync(target, JSON.stringify({ version: ort.env.versions.web, found, spent }));
