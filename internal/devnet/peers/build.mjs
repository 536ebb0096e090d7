// Makes ./build: one small JSON per contract of the protocols beside GAIB, taken from the packages where they ship
// bytecode and compiled with the deployed contract's settings where they do not. Installs the packages first when the
// lock file changed. A unit whose sources, settings and compiler are those of the last run is not compiled again.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const out = join(here, "build");
const cache = join(out, "cache");

// Contracts that packages ship compiled, by folder: <file>.sol/<name>.json in it, or <file>.json where it is flat.
const shipped = [
  {
    folder: "@aave/core-v3/artifacts/contracts",
    files: [
      "misc/AaveOracle",
      "misc/AaveProtocolDataProvider",
      "protocol/configuration/ACLManager",
      "protocol/configuration/PoolAddressesProvider",
      "protocol/configuration/PoolAddressesProviderRegistry",
      "protocol/configuration/PriceOracleSentinel",
      "protocol/libraries/aave-upgradeability/InitializableImmutableAdminUpgradeabilityProxy",
      "protocol/libraries/logic/BorrowLogic",
      "protocol/libraries/logic/BridgeLogic",
      "protocol/libraries/logic/ConfiguratorLogic",
      "protocol/libraries/logic/EModeLogic",
      "protocol/libraries/logic/FlashLoanLogic",
      "protocol/libraries/logic/LiquidationLogic",
      "protocol/libraries/logic/PoolLogic",
      "protocol/libraries/logic/SupplyLogic",
      "protocol/pool/DefaultReserveInterestRateStrategy",
      "protocol/pool/Pool",
      "protocol/pool/PoolConfigurator",
      "protocol/tokenization/AToken",
      "protocol/tokenization/StableDebtToken",
      "protocol/tokenization/VariableDebtToken",
    ],
  },
  {
    folder: "@pendle/core-v2/build/artifacts/contracts",
    files: [
      "core/Market/OracleLib",
      "core/Market/PendleMarketFactoryV7Upg",
      "core/Market/PendleMarketV7",
      "core/YieldContracts/PendlePrincipalToken",
      "core/YieldContracts/PendleYieldContractFactoryUpg",
      "core/YieldContracts/PendleYieldToken",
      "offchain-helpers/router-static/base/ActionInfoStatic",
      "offchain-helpers/router-static/base/ActionMarketAuxStatic",
      "offchain-helpers/router-static/base/ActionMarketCoreStatic",
      "offchain-helpers/router-static/base/ActionMintRedeemStatic",
      "offchain-helpers/router-static/base/ActionStorageStatic",
      "offchain-helpers/router-static/PendleRouterStatic",
      "oracles/PtYtLpOracle/PendlePYLpOracle",
      "oracles/PtYtLpOracle/chainlink/PendleChainlinkOracle",
      "oracles/internal/PendleSparkLinearDiscountOracle",
      "router/ActionAddRemoveLiqV3",
      "router/ActionCallbackV3",
      "router/ActionMiscV3",
      "router/ActionSimple",
      "router/ActionStorageV4",
      "router/ActionSwapPTV3",
      "router/ActionSwapYTV3",
      "router/PendleRouterV4",
    ],
  },
  {
    folder: "pendle-core-v2-sy/build/artifacts/contracts",
    files: ["core/StandardizedYield/implementations/PendleERC4626SY"],
  },
  {
    folder: "@safe-global/safe-contracts/build/artifacts/contracts",
    files: [
      "Safe",
      "SafeL2",
      "handler/CompatibilityFallbackHandler",
      "libraries/CreateCall",
      "libraries/MultiSend",
      "libraries/MultiSendCallOnly",
      "libraries/SignMessageLib",
      "proxies/SafeProxy",
      "proxies/SafeProxyFactory",
    ],
  },
  {
    folder: "@account-abstraction/contracts/artifacts",
    flat: true,
    files: ["EntryPoint", "Simple7702Account", "SimpleAccount", "SimpleAccountFactory"],
  },
  {
    folder: "@layerzerolabs/lz-evm-protocol-v2/artifacts/contracts",
    files: ["EndpointV2", "messagelib/SimpleMessageLib"],
  },
  {
    folder: "@openzeppelin/contracts/build/contracts",
    flat: true,
    files: ["ERC1967Proxy"],
  },
];

// Contracts that are compiled here. contracts maps a name to its file; harness compiles every contract of a folder of
// ./harness. An import is looked for through remap, then in roots, which lie in node_modules.
const units = [
  {
    unit: "mocks",
    solc: "0.8.28",
    settings: { evmVersion: "cancun", optimizer: { enabled: true, runs: 200 } },
    harness: "mocks",
  },
  {
    unit: "irm",
    solc: "0.8.21",
    settings: { evmVersion: "paris", viaIR: true, optimizer: { enabled: true, runs: 999999 } },
    contracts: { AdaptiveCurveIrm: "sphere-mezo-solidity-files/domains/morphoIrm/contracts/AdaptiveCurveIrm.sol" },
  },
  {
    unit: "morpho",
    solc: "0.8.19",
    settings: { evmVersion: "paris", viaIR: true, optimizer: { enabled: true, runs: 999999 } },
    contracts: { Morpho: "@morpho-org/morpho-blue/src/Morpho.sol" },
    // This compiler leaves events that a library emits out of the contract's ABI.
    events: { Morpho: "@morpho-org/morpho-blue/src/libraries/EventsLib.sol" },
  },
  {
    unit: "harness-morpho",
    solc: "0.8.19",
    settings: { evmVersion: "paris", optimizer: { enabled: true, runs: 200 } },
    harness: "morpho",
  },
  {
    unit: "harness-irm",
    solc: "0.8.21",
    settings: { evmVersion: "paris", optimizer: { enabled: true, runs: 200 } },
    harness: "irm",
  },
  {
    unit: "harness-aave",
    solc: "0.8.10",
    settings: { evmVersion: "london", optimizer: { enabled: true, runs: 200 } },
    harness: "aave",
  },
  {
    unit: "harness-pendle",
    solc: "0.8.30",
    settings: { evmVersion: "shanghai", optimizer: { enabled: true, runs: 200 } },
    roots: ["@pendle/core-v2/node_modules"],
    harness: "pendle",
  },
  {
    unit: "harness-openzeppelin",
    solc: "0.8.28",
    settings: { evmVersion: "shanghai", optimizer: { enabled: true, runs: 200 } },
    harness: "openzeppelin",
  },
  {
    unit: "harness-solmate",
    solc: "0.8.28",
    settings: { evmVersion: "shanghai", optimizer: { enabled: true, runs: 200 } },
    harness: "solmate",
  },
  {
    unit: "harness-layerzero",
    solc: "0.8.22",
    settings: { evmVersion: "paris", optimizer: { enabled: true, runs: 200 } },
    remap: { "@openzeppelin/contracts/": "openzeppelin-54/" },
    harness: "layerzero",
  },
  {
    unit: "permit2",
    solc: "0.8.17",
    settings: { evmVersion: "london", viaIR: true, optimizer: { enabled: true, runs: 1000000 } },
    contracts: { Permit2: "@uniswap/v4-periphery/lib/permit2/src/Permit2.sol" },
  },
  {
    unit: "metamorpho",
    solc: "0.8.26",
    settings: { evmVersion: "cancun", viaIR: true, optimizer: { enabled: true, runs: 200 } },
    contracts: {
      MetaMorpho: "sphere-mezo-solidity-files/domains/metamorpho/contracts/MetaMorpho.sol",
      MetaMorphoFactory: "sphere-mezo-solidity-files/domains/metamorpho/contracts/MetaMorphoFactory.sol",
    },
  },
];

const hash = (text) => createHash("sha256").update(text).digest("hex");
const read = (path) => readFileSync(path, "utf8");

function fail(message) {
  console.error(`peers: ${message}`);
  process.exit(1);
}

// install runs npm unless it ran for this very lock file.
function install() {
  const stamp = join(modules, ".installed");
  const lock = hash(read(join(here, "package-lock.json")));
  if (existsSync(stamp) && read(stamp) === lock) return;
  console.log("peers: npm ci");
  // Peer dependencies are left out: what is needed of them is in package.json, with its version.
  execFileSync("npm", ["ci", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund"], { cwd: here, stdio: "inherit" });
  writeFileSync(stamp, lock);
}

const written = new Map();

// write puts one contract into ./build.
function write(name, { abi, bytecode, linkReferences, deployed }, how) {
  if (written.has(name)) fail(`two contracts are called ${name}: ${written.get(name)} and ${how}`);
  written.set(name, how);
  const size = (deployed.replace(/^0x/, "").length / 2) | 0;
  const code = bytecode.startsWith("0x") ? bytecode : "0x" + bytecode;
  // Renamed into place, so that a test that runs meanwhile never reads half a file.
  const file = join(out, `${name}.json`);
  writeFileSync(`${file}.part`, JSON.stringify({ name, abi, bytecode: code, linkReferences, deployedSize: size }) + "\n");
  renameSync(`${file}.part`, file);
  console.log(`peers: ${name.padEnd(46)} ${String(size).padStart(6)} bytes  ${how}`);
}

function takeShipped() {
  for (const { folder, flat, files } of shipped) {
    for (const file of files) {
      const name = basename(file);
      const path = join(modules, folder, flat ? `${file}.json` : `${file}.sol/${name}.json`);
      if (!existsSync(path)) fail(`${path} is not in its package`);
      const { abi, bytecode, linkReferences, deployedBytecode } = JSON.parse(read(path));
      write(name, { abi, bytecode, linkReferences: linkReferences ?? {}, deployed: deployedBytecode }, "shipped");
    }
  }
}

// locate returns where an import of the unit lies, or nothing.
function locate(unit, path) {
  for (const [prefix, target] of Object.entries(unit.remap ?? {})) {
    if (path.startsWith(prefix)) path = target + path.slice(prefix.length);
  }
  if (path.startsWith("harness/")) return join(here, path);
  for (const root of [...(unit.roots ?? []), ""]) {
    const file = join(modules, root, path);
    if (existsSync(file)) return file;
  }
}

async function compile(unit) {
  const entries = new Set([...Object.values(unit.contracts ?? {}), ...Object.values(unit.events ?? {})]);
  if (unit.harness) {
    const folder = join(here, "harness", unit.harness);
    if (!existsSync(folder)) return;
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".sol")).sort()) entries.add(`harness/${unit.harness}/${file}`);
  }
  if (entries.size === 0) return;

  const key = hash(JSON.stringify([unit, [...entries]]) + compile);
  const memo = join(cache, `${unit.unit}.json`);
  if (existsSync(memo)) {
    const old = JSON.parse(read(memo));
    const same = ([path, digest]) => {
      const file = locate(unit, path);
      return file && existsSync(file) && hash(read(file)) === digest;
    };
    if (old.key === key && Object.entries(old.sources).every(same)) {
      for (const [name, contract] of Object.entries(old.contracts)) write(name, contract, `unchanged, ${unit.solc}`);
      return;
    }
  }

  const sources = {};
  const open = (path) => {
    const file = locate(unit, path);
    if (!file || !existsSync(file)) return { error: `${path} is not installed` };
    const contents = read(file);
    sources[path] = hash(contents);
    return { contents };
  };
  const input = {
    language: "Solidity",
    sources: Object.fromEntries([...entries].map((path) => [path, { content: open(path).contents ?? fail(`${path} is missing`) }])),
    settings: {
      ...unit.settings,
      metadata: { bytecodeHash: "none" },
      outputSelection: {
        "*": { "*": ["abi", "evm.bytecode.object", "evm.bytecode.linkReferences", "evm.deployedBytecode.object"] },
      },
    },
  };
  const started = Date.now();
  const { default: solc } = await import(`solc-${unit.solc}`);
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: open }));
  const errors = (output.errors ?? []).filter((problem) => problem.severity === "error");
  if (errors.length > 0) fail(errors.map((problem) => problem.formattedMessage).join("\n"));

  const contracts = {};
  const add = (name, file) => {
    const { abi, evm } = output.contracts[file][name];
    const events = unit.events?.[name];
    const more = events ? Object.values(output.contracts[events])[0].abi.filter((entry) => entry.type === "event") : [];
    contracts[name] = {
      abi: [...abi, ...more],
      bytecode: evm.bytecode.object,
      linkReferences: evm.bytecode.linkReferences,
      deployed: evm.deployedBytecode.object,
    };
  };
  for (const [name, file] of Object.entries(unit.contracts ?? {})) add(name, file);
  for (const file of [...entries].filter((path) => path.startsWith("harness/"))) {
    // Interfaces and abstract contracts have no code.
    for (const [name, contract] of Object.entries(output.contracts[file] ?? {})) {
      if (contract.evm.bytecode.object !== "") add(name, file);
    }
  }
  writeFileSync(memo, JSON.stringify({ key, sources, contracts }));
  const took = ((Date.now() - started) / 1000).toFixed(1);
  for (const [name, contract] of Object.entries(contracts)) write(name, contract, `compiled, ${unit.solc}, ${took} s`);
}

install();
mkdirSync(cache, { recursive: true });
takeShipped();
for (const unit of units) await compile(unit);
for (const file of readdirSync(out)) {
  if (file.endsWith(".json") && !written.has(basename(file, ".json"))) rmSync(join(out, file));
}
console.log(`peers: ${written.size} contracts are ready`);
