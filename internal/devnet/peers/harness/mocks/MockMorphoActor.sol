// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// A user of an isolated market that answers its callbacks. It calls what it is told to and, in a callback, what the
/// callback's data says: abi.encode(address target, bytes input), or nothing when there is no data.
contract MockMorphoActor {
    event Called(bytes4 callback, uint256 amount, bytes data);

    function run(address target, bytes memory input) public returns (bytes memory) {
        (bool ok, bytes memory output) = target.call(input);
        if (!ok) {
            assembly {
                revert(add(output, 32), mload(output))
            }
        }
        return output;
    }

    function onMorphoSupply(uint256 assets, bytes calldata data) external {
        _answer(assets, data);
    }

    function onMorphoSupplyCollateral(uint256 assets, bytes calldata data) external {
        _answer(assets, data);
    }

    function onMorphoRepay(uint256 assets, bytes calldata data) external {
        _answer(assets, data);
    }

    function onMorphoLiquidate(uint256 repaidAssets, bytes calldata data) external {
        _answer(repaidAssets, data);
    }

    function onMorphoFlashLoan(uint256 assets, bytes calldata data) external {
        _answer(assets, data);
    }

    function _answer(uint256 amount, bytes calldata data) private {
        emit Called(msg.sig, amount, data);
        if (data.length <= 32) return;
        (address target, bytes memory input) = abi.decode(data, (address, bytes));
        run(target, input);
    }
}
