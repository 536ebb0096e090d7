// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.22;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPriceOracle} from "./IsolatedMarket.sol";

/// @notice The two values of a share: as one enters the vault, and as one leaves it with unrealised losses taken off.
interface ITwoNAVs {
    function asset() external view returns (address);
    function convertToAssets(uint256 shares) external view returns (uint256);
    function convertToAssetsWithLoss(uint256 shares) external view returns (uint256);
}

/// @title The price of one base unit of collateral in base units of the loan token, times 1e36.
/// @dev Either a number that the owner sets, or a vault's share by one of its two values times the price of the vault's
/// asset, which the owner sets. It knows no age: a price stays until it is set again.
contract MarketOracle is Ownable, IPriceOracle {
    enum Source {
        Fixed,
        DepositNAV,
        UnstakingNAV
    }

    /// @notice The collateral; no address if there is a fixed price only.
    ITwoNAVs public immutable vault;
    /// @notice The vault's share and its asset as one unit, and what turns their price into the scale of price().
    uint256 public immutable shareUnit;
    uint256 public immutable assetUnit;
    uint256 public immutable scale;

    Source public source;
    /// @notice price() for Source.Fixed; else the price of one unit of the vault's asset in units of the loan token, with
    /// 18 decimals.
    uint256 public value;

    event SourceSet(Source source, uint256 value);

    error NoVault();

    constructor(address owner_, ITwoNAVs vault_, uint8 loanDecimals, Source source_, uint256 value_) Ownable(owner_) {
        vault = vault_;
        if (address(vault_) != address(0)) {
            uint8 decimals = IERC20Metadata(address(vault_)).decimals();
            shareUnit = 10 ** decimals;
            assetUnit = 10 ** IERC20Metadata(vault_.asset()).decimals();
            scale = 10 ** (36 + loanDecimals - decimals);
        }
        _set(source_, value_);
    }

    /// @notice Changes where the price comes from.
    function set(Source source_, uint256 value_) external onlyOwner {
        _set(source_, value_);
    }

    function price() external view returns (uint256) {
        if (source == Source.Fixed) return value;
        uint256 nav = source == Source.DepositNAV
            ? vault.convertToAssets(shareUnit)
            : vault.convertToAssetsWithLoss(shareUnit);
        return Math.mulDiv(nav * value, scale, assetUnit * 1e18);
    }

    function _set(Source source_, uint256 value_) private {
        if (source_ != Source.Fixed && address(vault) == address(0)) revert NoVault();
        (source, value) = (source_, value_);
        emit SourceSet(source_, value_);
    }
}
