// Compiles src/*.sol with the pinned solc and writes one compact JSON per contract to ./artifacts, or to the
// folder named by the first argument. The output depends on the sources and the two pinned packages only.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import solc from "solc";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "artifacts");

// The contracts that the devnet deploys, and the file each is declared in.
const contracts = {
  AID: "src/AID.sol",
  AIDAlphaMigration: "src/AIDAlphaMigration.sol",
  AIDollarAlpha: "src/AIDollarAlpha.sol",
  AdaptiveRate: "src/AdaptiveRate.sol",
  BeaconProxy: "@openzeppelin/contracts/proxy/beacon/BeaconProxy.sol",
  ERC1967Proxy: "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol",
  GAIBToken: "src/Tokens.sol",
  GAIBVesting: "src/GAIBVesting.sol",
  IsolatedMarket: "src/IsolatedMarket.sol",
  MarketOracle: "src/MarketOracle.sol",
  Minter: "src/Minter.sol",
  Multicall3: "src/Multicall3.sol",
  PlanExecutor: "src/PlanExecutor.sol",
  PortfolioAnchor: "src/PortfolioAnchor.sol",
  Redeemer: "src/Redeemer.sol",
  StakedAID: "src/StakedAID.sol",
  USDC: "src/Tokens.sol",
  USDT: "src/Tokens.sol",
  UpgradeableBeacon: "@openzeppelin/contracts/proxy/beacon/UpgradeableBeacon.sol",
};

const sources = {};
for (const name of readdirSync(join(here, "src")).filter((n) => n.endsWith(".sol")).sort()) {
  sources[`src/${name}`] = { content: readFileSync(join(here, "src", name), "utf8") };
}

function find(path) {
  for (const root of [here, join(here, "node_modules")]) {
    const file = join(root, path);
    if (existsSync(file)) return { contents: readFileSync(file, "utf8") };
  }
  return { error: `${path} is not installed: run "npm ci" in the contracts folder` };
}

const output = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources,
      settings: {
        evmVersion: "shanghai",
        optimizer: { enabled: true, runs: 200 },
        metadata: { bytecodeHash: "none", appendCBOR: false },
        outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "storageLayout"] } },
      },
    }),
    { import: find },
  ),
);

// 2018: "mutability can be restricted". Some functions keep the mutability that the interface they follow has.
const problems = (output.errors ?? []).filter((problem) => problem.errorCode !== "2018");
for (const problem of problems) console.error(problem.formattedMessage);
if (problems.length > 0) process.exit(1);

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const [name, file] of Object.entries(contracts)) {
  const { abi, evm, storageLayout } = output.contracts[file][name];
  const artifact = {
    contract: name,
    source: file,
    compiler: solc.version(),
    abi,
    bytecode: "0x" + evm.bytecode.object,
    runtime: "0x" + evm.deployedBytecode.object,
    storage: storageLayout.storage.map(({ label, slot, offset, type }) => ({
      label,
      slot: Number(slot),
      offset,
      type: storageLayout.types[type].label,
    })),
  };
  writeFileSync(join(out, `${name}.json`), JSON.stringify(artifact) + "\n");
}
