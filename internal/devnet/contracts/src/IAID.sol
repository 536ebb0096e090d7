// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.22;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title The part of AID that the other contracts call.
interface IAID is IERC20 {
    function mint(address to, uint256 amount) external;

    function burn(address from, uint256 amount) external;

    function hasRole(bytes32 role, address account) external view returns (bool);
}
