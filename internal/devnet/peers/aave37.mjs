// Compiles the contracts of Aave v3.7 that aave_*_test.go checks against, from a checkout of their sources:
//
//   node aave37.mjs <checkout of aave-v3-origin, pool revision 11> <output folder>
//
// It needs solc 0.8.27 and @openzeppelin/contracts 5.1.0 in the node_modules of the working folder. Nothing of the output
// may be committed. Point GAIB_AAVE_V37 at the output folder and run the tests.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [root, out] = process.argv.slice(2);
if (!root || !out) throw new Error("usage: node aave37.mjs <checkout> <output folder>");
const solc = createRequire(join(process.cwd(), "package.json"))("solc");

const wanted = [
  "src/contracts/instances/PoolInstance.sol",
  "src/contracts/instances/ATokenInstance.sol",
  "src/contracts/instances/VariableDebtTokenInstance.sol",
  "src/contracts/misc/DefaultReserveInterestRateStrategyV2.sol",
];

function find(path) {
  for (const file of [join(root, path), path]) {
    if (existsSync(file)) return { contents: readFileSync(file, "utf8") };
  }
  return { error: `${path} is in neither the checkout nor node_modules` };
}

const output = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources: Object.fromEntries(wanted.map((path) => [path, { content: find(path).contents }])),
      settings: {
        remappings: ["openzeppelin-contracts/contracts/=node_modules/@openzeppelin/contracts/"],
        evmVersion: "shanghai",
        optimizer: { enabled: true, runs: 200 },
        metadata: { bytecodeHash: "none" },
        outputSelection: { "*": { "*": ["abi", "evm.bytecode", "evm.deployedBytecode.object"] } },
      },
    }),
    { import: find },
  ),
);
const errors = (output.errors ?? []).filter((e) => e.severity === "error");
if (errors.length > 0) throw new Error(errors.map((e) => e.formattedMessage).join("\n"));

mkdirSync(out, { recursive: true });
for (const contracts of Object.values(output.contracts)) {
  for (const [name, { abi, evm }] of Object.entries(contracts)) {
    if (evm.bytecode.object === "") continue;
    const { object: bytecode, linkReferences } = evm.bytecode;
    writeFileSync(join(out, `${name}.json`), JSON.stringify({ name, abi, bytecode, linkReferences, deployedSize: evm.deployedBytecode.object.length / 2 }));
  }
}
