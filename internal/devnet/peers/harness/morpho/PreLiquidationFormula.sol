// SPDX-License-Identifier: GPL-2.0-or-later
pragma solidity ^0.8.19;

import {IMorpho, Id, Market, MarketParams, Position} from "@morpho-org/morpho-blue/src/interfaces/IMorpho.sol";
import {MathLib} from "@morpho-org/morpho-blue/src/libraries/MathLib.sol";
import {MarketParamsLib} from "@morpho-org/morpho-blue/src/libraries/MarketParamsLib.sol";
import {SharesMathLib} from "@morpho-org/morpho-blue/src/libraries/SharesMathLib.sol";

interface ISpender {
    function approve(address spender, uint256 amount) external returns (bool);
}

/// The published formula of pre-liquidation, on a real Morpho. Terms and price are arguments, so that one contract serves
/// any state; it pays the debt from its own balance.
contract PreLiquidationFormula {
    using MathLib for uint256;
    using MarketParamsLib for MarketParams;
    using SharesMathLib for uint256;

    struct Terms {
        uint256 preLltv;
        uint256 closeFactor1;
        uint256 closeFactor2;
        uint256 incentive1;
        uint256 incentive2;
    }

    error InconsistentInput();
    error LiquidatablePosition();
    error NotPreLiquidatablePosition();
    error PreLiquidationTooLarge(uint256 repaidShares, uint256 repayableShares);

    IMorpho immutable morpho;

    constructor(IMorpho morpho_, ISpender token) {
        morpho = morpho_;
        token.approve(address(morpho_), type(uint256).max);
    }

    function run(MarketParams memory m, Terms memory t, uint256 price, address who, uint256 seized, uint256 shares)
        external
        returns (uint256, uint256)
    {
        if ((seized == 0) == (shares == 0)) revert InconsistentInput();
        morpho.accrueInterest(m);
        Market memory totals = morpho.market(m.id());
        uint256 most;
        {
            Position memory p = morpho.position(m.id(), who);
            uint256 along = position(m.lltv, t.preLltv, p, totals, price);
            most = uint256(p.borrowShares).wMulDown(t.closeFactor1 + along.wMulDown(t.closeFactor2 - t.closeFactor1));
            uint256 incentive = t.incentive1 + along.wMulDown(t.incentive2 - t.incentive1);
            if (shares == 0) {
                shares = seized.mulDivUp(price, 1e36).wDivUp(incentive);
                shares = shares.toSharesUp(totals.totalBorrowAssets, totals.totalBorrowShares);
            } else {
                seized = shares.toAssetsDown(totals.totalBorrowAssets, totals.totalBorrowShares);
                seized = seized.wMulDown(incentive).mulDivDown(1e36, price);
            }
        }
        if (shares > most) revert PreLiquidationTooLarge(shares, most);
        bytes memory data = abi.encode(m, seized, who);
        (most,) = morpho.repay(m, 0, shares, who, data);
        return (seized, most);
    }

    /// Where between the two thresholds the position is, 18 decimals.
    function position(uint256 lltv, uint256 preLltv, Position memory p, Market memory totals, uint256 price)
        private
        pure
        returns (uint256)
    {
        uint256 worth = uint256(p.collateral).mulDivDown(price, 1e36);
        uint256 debt = uint256(p.borrowShares).toAssetsUp(totals.totalBorrowAssets, totals.totalBorrowShares);
        if (debt > worth.wMulDown(lltv)) revert LiquidatablePosition();
        if (debt <= worth.wMulDown(preLltv)) revert NotPreLiquidatablePosition();
        return (debt.wDivUp(worth) - preLltv).wDivDown(lltv - preLltv);
    }

    function onMorphoRepay(uint256, bytes calldata data) external {
        (MarketParams memory m, uint256 seized, address who) = abi.decode(data, (MarketParams, uint256, address));
        morpho.withdrawCollateral(m, seized, who, address(this));
    }
}
