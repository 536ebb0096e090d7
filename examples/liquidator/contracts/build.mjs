// Compiles Liquidator.sol with the compiler that the devnet pins and writes contracts.json beside it, or to the file named
// by the first argument. Before, once: npm --prefix internal/devnet/contracts ci --ignore-scripts
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const solc = createRequire(join(here, "../../../internal/devnet/contracts/build.mjs"))("solc");
const file = "Liquidator.sol";
const output = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources: { [file]: { content: readFileSync(join(here, file), "utf8") } },
      settings: {
        evmVersion: "shanghai",
        optimizer: { enabled: true, runs: 200 },
        metadata: { bytecodeHash: "none", appendCBOR: false },
        outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
      },
    }),
  ),
);
for (const problem of output.errors ?? []) console.error(problem.formattedMessage);
if (output.errors?.length) process.exit(1);
const built = {};
for (const name of ["Liquidator", "Opener", "Pool"]) {
  const { abi, evm } = output.contracts[file][name];
  built[name] = { compiler: solc.version(), abi, bytecode: "0x" + evm.bytecode.object };
}
writeFileSync(process.argv[2] ?? join(here, "contracts.json"), JSON.stringify(built) + "\n");
