// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.22;

/// Makes calls in order and tells what became of each. The library lends this code to an account in a simulated call
/// (a state override), where a node cannot simulate several calls by itself; it is never deployed.
contract PlanExecutor {
    struct Step {
        address to;
        uint256 value;
        bytes data;
    }

    struct Outcome {
        bool success;
        uint256 gasUsed;
        bytes data;
    }

    function run(Step[] calldata steps) external returns (Outcome[] memory outcomes) {
        outcomes = new Outcome[](steps.length);
        for (uint256 i = 0; i < steps.length; i++) {
            Step calldata step = steps[i];
            uint256 before = gasleft();
            (bool success, bytes memory data) = step.to.call{value: step.value}(step.data);
            outcomes[i] = Outcome(success, before - gasleft(), data);
        }
    }

    receive() external payable {}
}
