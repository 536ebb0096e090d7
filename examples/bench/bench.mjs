// The protocols' own packages on the cases that come in, for the Go program beside this file. Each line is answered by one
// line of JSON: "version"; "cases SIDE JSON" with the results of all cases; "time SIDE WORK NANOSECONDS" with the mean
// time of a case in nanoseconds, over as many passes through all cases as fit in.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { AccrualPosition, Market, MarketParams } from "@morpho-org/blue-sdk";

// The ES modules of these two import without file extensions, which Node does not follow; their CommonJS builds are whole.
const require = createRequire(import.meta.url);
const { formatReserves, formatUserSummary } = require("@aave/math-utils");
const { MarketState, PyIndex } = require("@pendle/core-v2-offchain-math");

const address = (n) => "0x" + n.toString(16).padStart(40, "0");

const morpho = {
  prepare(rows) {
    return rows.map((row) => {
      const [totalSupplyAssets, totalSupplyShares, totalBorrowAssets, totalBorrowShares, price, borrowShares, collateral, lastUpdate, fee, lltv, rateAtTarget, now] =
        row.map(BigInt);
      const params = new MarketParams({ loanToken: address(1), collateralToken: address(2), oracle: address(3), irm: address(4), lltv });
      const market = new Market({ params, totalSupplyAssets, totalSupplyShares, totalBorrowAssets, totalBorrowShares, lastUpdate, fee, price, rateAtTarget });
      return { position: new AccrualPosition({ user: address(5), supplyShares: 0n, borrowShares, collateral }, market), now };
    });
  },
  answer({ position, now }) {
    const market = position.market.accrueInterest(now);
    return [
      position.borrowAssets, position.maxBorrowAssets, position.isHealthy, position.healthFactor,
      market.totalSupplyAssets, market.totalSupplyShares, market.totalBorrowAssets, market.rateAtTarget, market.getHealthFactor(position),
    ];
  },
  healthy: ({ position }) => position.isHealthy,
  factor: ({ position }) => position.healthFactor,
  later: ({ position, now }) => position.market.accrueInterest(now).getHealthFactor(position),
};

const aave = {
  prepare({ now, reserves, users }) {
    const terms = { marketReferencePriceInUsd: "100000000", marketReferenceCurrencyDecimals: 8, currentTimestamp: now };
    const formattedReserves = formatReserves({
      ...terms,
      eModes: [],
      reserves: reserves.map((row, i) => {
        const [underlyingAsset, liquidityIndex, liquidityRate, variableBorrowIndex, variableBorrowRate, price, supply, debt, lastUpdate, decimals, ltv, threshold] = row;
        return {
          originalId: i, id: String(i), symbol: String(i), name: String(i), underlyingAsset, liquidityIndex, liquidityRate, variableBorrowIndex, variableBorrowRate,
          priceInMarketReferenceCurrency: price, lastUpdateTimestamp: Number(lastUpdate), decimals: Number(decimals), baseLTVasCollateral: ltv,
          reserveLiquidationThreshold: threshold, reserveLiquidationBonus: "10500", reserveFactor: "1000", usageAsCollateralEnabled: true,
          borrowingEnabled: true, isActive: true, isFrozen: false, totalScaledVariableDebt: debt, availableLiquidity: String(BigInt(supply) - BigInt(debt)),
          borrowCap: "0", supplyCap: "0", debtCeiling: "0", debtCeilingDecimals: 2, isolationModeTotalDebt: "0",
        };
      }),
    });
    return users.map((legs) => ({
      ...terms,
      formattedReserves,
      userEmodeCategoryId: 0,
      userReserves: legs.map(({ reserve, supplied, debt }) => ({
        underlyingAsset: reserves[reserve][0], scaledATokenBalance: supplied, scaledVariableDebt: debt, usageAsCollateralEnabledOnUser: supplied !== "0",
      })),
    }));
  },
  answer(user) {
    const s = formatUserSummary(user);
    // Amounts of 8 decimals as base units, factors of 4 and 18 decimals likewise; means without fractions of a basis point.
    const shifted = (text, places) => {
      const [whole, fraction = ""] = text.split(".");
      return BigInt(whole + fraction.slice(0, places).padEnd(places, "0"));
    };
    return [
      shifted(s.totalCollateralMarketReferenceCurrency, 8), shifted(s.totalBorrowsMarketReferenceCurrency, 8), shifted(s.healthFactor, 18),
      shifted(s.currentLoanToValue, 4), shifted(s.currentLiquidationThreshold, 4),
    ];
  },
  summary: (user) => formatUserSummary(user),
};

const pendle = {
  prepare(rows) {
    return rows.map((row) => {
      const [totalPt, totalSy, totalLp, scalarRoot, expiry, lnFeeRateRoot, reserveFeePercent, lastLnImpliedRate, index, now, pt] = row.map(BigInt);
      const market = MarketState.fromRaw({ totalPt, totalSy, totalLp, treasury: "", scalarRoot, expiry, lnFeeRateRoot, reserveFeePercent, lastLnImpliedRate });
      return { market, index: PyIndex.create(index), now, pt };
    });
  },
  answer(one) {
    const a = pendle.quote(one);
    const b = pendle.swap(one);
    return [
      a.netSyToAccount, a.netSyFee, a.netSyToReserve,
      b.netSyToAccount, b.netSyFee, b.netSyToReserve, b.moved.totalPt, b.moved.totalSy, b.moved.lastLnImpliedRate.value,
    ];
  },
  quote: ({ market, index, pt, now }) => market.calcTrade(market.precompute(index, now), index, -pt),
  swap({ market, index, pt, now }) {
    const moved = market.clone();
    return { ...moved.swapExactPtForSy(index, pt, now), moved };
  },
};

const sides = { morpho, aave, pendle };
const cases = {};

function time(side, work, enough) {
  const passed = cases[side];
  const one = sides[side][work];
  const start = process.hrtime.bigint();
  let took = 0n;
  let done = 0;
  while (took < enough) {
    for (const input of passed) one(input);
    done += passed.length;
    took = process.hrtime.bigint() - start;
  }
  return String(Number(took) / done);
}

for await (const line of createInterface({ input: process.stdin })) {
  const [order, side, ...rest] = line.split(" ");
  if (order === "version") {
    console.log(JSON.stringify(process.version));
  } else if (order === "cases") {
    cases[side] = sides[side].prepare(JSON.parse(rest.join(" ")));
    console.log(JSON.stringify(cases[side].map((one) => sides[side].answer(one).map(String))));
  } else {
    console.log(JSON.stringify(time(side, rest[0], BigInt(rest[1]))));
  }
}
