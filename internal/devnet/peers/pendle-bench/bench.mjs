// Pendle's own off-chain market maths on the cases that come in, for pendle_bench_test.go. The first line is the cases as
// JSON, whose answers go back; after that each line "quote" or "swap" runs all of them once and answers with the
// nanoseconds it took.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

// The package's ES modules import without file extensions, which Node does not follow; its CommonJS build is whole.
const { MarketState, PyIndex } = createRequire(import.meta.url)("@pendle/core-v2-offchain-math");

let cases;

function quote({ market, index, pt, now }) {
  return market.calcTrade(market.precompute(index, now), index, -pt);
}

function swap({ market, index, pt, now }) {
  const moved = market.clone();
  const trade = moved.swapExactPtForSy(index, pt, now);
  return { ...trade, moved };
}

function load(line) {
  cases = JSON.parse(line).map((numbers) => {
    const [totalPt, totalSy, totalLp, scalarRoot, expiry, lnFeeRateRoot, reserveFeePercent, lastLnImpliedRate, index, now, pt] = numbers.map(BigInt);
    const market = MarketState.fromRaw({
      totalPt, totalSy, totalLp, treasury: "", scalarRoot, expiry, lnFeeRateRoot, reserveFeePercent, lastLnImpliedRate,
    });
    return { market, index: PyIndex.create(index), now, pt };
  });
  return cases.map((one) => {
    const a = quote(one);
    const b = swap(one);
    return [
      a.netSyToAccount, a.netSyFee, a.netSyToReserve,
      b.netSyToAccount, b.netSyFee, b.netSyToReserve, b.moved.totalPt, b.moved.totalSy, b.moved.lastLnImpliedRate.value,
    ].map(String);
  });
}

function time(work) {
  const start = process.hrtime.bigint();
  for (const one of cases) work(one);
  return String(process.hrtime.bigint() - start);
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = line === "quote" ? time(quote) : line === "swap" ? time(swap) : load(line);
  console.log(JSON.stringify(answer));
}
