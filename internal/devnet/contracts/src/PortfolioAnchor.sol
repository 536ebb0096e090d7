// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.22;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice The side of the devnet's sAID vault that its owner sees.
interface IFedVault {
    function totalAssets() external view returns (uint256);
    function totalSupply() external view returns (uint256);
    function unrealizedLoss() external view returns (uint256);
    function protocolFeeBps() external view returns (uint256);
    function convertToAssets(uint256 shares) external view returns (uint256);
    function convertToAssetsWithLoss(uint256 shares) external view returns (uint256);
    function accrueYield(uint256 gross) external;
    function markDown(uint256 loss) external;
    function markUp(uint256 gain) external;
    function realizeLoss(uint256 loss) external;
}

/// @title Anchors signed portfolio reports and feeds sAID's two NAVs from them.
/// @dev GAIB has published nothing of the kind: this contract is a proposal, all of it assumed. It owns the vault, so that the
/// NAVs change by a signed report only; the owner's other calls go through `manage`.
contract PortfolioAnchor is Ownable, EIP712 {
    using Math for uint256;

    struct Report {
        uint64 number; // 1 is the first
        bytes32 previous; // content of the report before
        uint64 asOf; // the second at which the day of the valuation begins
        uint256 depositNav; // AID base units per 1e18 shares
        uint256 unstakingNav;
        uint256 shares;
        uint32 deals;
        bytes32 dealsRoot; // of a Merkle tree as OpenZeppelin's standard tree, one column bytes32
        bytes32 content; // hash of the whole report
    }

    struct Anchored {
        Report report;
        address signer;
        uint64 publishedAt;
    }

    bytes32 private constant REPORT_TYPEHASH = keccak256(
        "PortfolioReport(uint64 number,bytes32 previous,uint64 asOf,uint256 depositNav,uint256 unstakingNav,uint256 shares,uint32 deals,bytes32 dealsRoot,bytes32 content)"
    );
    uint256 private constant BPS = 10_000;
    uint256 private constant WAD = 1e18;

    IFedVault public immutable vault;

    /// @notice The number of the last report; zero before the first.
    uint64 public latest;
    mapping(address account => bool) public isSigner;
    mapping(uint64 number => Anchored) private _anchored;

    event ReportAnchored(
        uint64 indexed number,
        address indexed signer,
        uint64 asOf,
        uint256 depositNav,
        uint256 unstakingNav,
        bytes32 dealsRoot,
        bytes32 content
    );
    event SignerSet(address indexed account, bool allowed);

    error ReportTwice(uint64 number);
    error ReportOutOfOrder(uint64 number, uint64 expected);
    error PreviousMismatch(bytes32 previous, bytes32 expected);
    error ReportNotLater(uint64 asOf, uint64 last);
    error ReportFromTheFuture(uint64 asOf, uint256 time);
    error NavInverted(uint256 depositNav, uint256 unstakingNav);
    error NotASigner(address account);
    error NavNotReached(uint256 depositNav, uint256 unstakingNav);
    error UnknownReport(uint64 number);
    error NavByReportOnly(bytes4 selector);

    constructor(IFedVault vault_, address owner_, address signer) Ownable(owner_) EIP712("PortfolioAnchor", "1") {
        vault = vault_;
        _setSigner(signer, true);
    }

    // Reads.

    /// @notice What a signer signs.
    function digest(Report calldata report) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    REPORT_TYPEHASH,
                    report.number,
                    report.previous,
                    report.asOf,
                    report.depositNav,
                    report.unstakingNav,
                    report.shares,
                    report.deals,
                    report.dealsRoot,
                    report.content
                )
            )
        );
    }

    function anchored(uint64 number) public view returns (Anchored memory) {
        if (number == 0 || number > latest) revert UnknownReport(number);
        return _anchored[number];
    }

    /// @notice Whether a deal with this content stood behind a report.
    function verifyDeal(uint64 number, bytes32 content, bytes32[] calldata proof) external view returns (bool) {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(content))));
        return MerkleProof.verifyCalldata(proof, anchored(number).report.dealsRoot, leaf);
    }

    // Reports.

    /// @notice Anchors the next report and brings the vault's NAVs to the report's. Anyone may bring it; the signature counts.
    function publish(Report calldata report, bytes calldata signature) external {
        _checkOrder(report);
        if (report.unstakingNav > report.depositNav || report.depositNav == 0) {
            revert NavInverted(report.depositNav, report.unstakingNav);
        }
        address signer = ECDSA.recover(digest(report), signature);
        if (!isSigner[signer]) revert NotASigner(signer);

        latest = report.number;
        _anchored[report.number] = Anchored(report, signer, uint64(block.timestamp));
        _feed(report.depositNav, report.unstakingNav);
        emit ReportAnchored(
            report.number,
            signer,
            report.asOf,
            report.depositNav,
            report.unstakingNav,
            report.dealsRoot,
            report.content
        );
    }

    function _checkOrder(Report calldata report) private view {
        uint64 last = latest;
        if (report.number == last) revert ReportTwice(report.number);
        if (report.number != last + 1) revert ReportOutOfOrder(report.number, last + 1);
        Report storage before = _anchored[last].report;
        if (report.previous != before.content) revert PreviousMismatch(report.previous, before.content);
        if (report.asOf <= before.asOf) revert ReportNotLater(report.asOf, before.asOf);
        if (report.asOf > block.timestamp) revert ReportFromTheFuture(report.asOf, block.timestamp);
    }

    /// @dev A gain is booked as yield, gross of the vault's fee; a fall of the Deposit NAV as a realised loss, out of the unrealised
    /// one as far as that goes; then the unrealised loss is what lies between the NAVs.
    function _feed(uint256 depositNav, uint256 unstakingNav) private {
        uint256 supply = vault.totalSupply() + 1;
        uint256 assets = vault.totalAssets();
        uint256 target = _assetsFor(depositNav, supply);
        if (target > assets) {
            vault.accrueYield((target - assets).mulDiv(BPS, BPS - vault.protocolFeeBps()));
        } else if (target < assets) {
            uint256 fall = assets - target;
            uint256 booked = vault.unrealizedLoss();
            if (booked < fall) vault.markDown(fall - booked);
            vault.realizeLoss(fall);
        }
        uint256 loss = target - _assetsFor(unstakingNav, supply);
        uint256 present = vault.unrealizedLoss();
        if (loss > present) vault.markDown(loss - present);
        else if (loss < present) vault.markUp(present - loss);

        uint256 gotDeposit = vault.convertToAssets(WAD);
        uint256 gotUnstaking = vault.convertToAssetsWithLoss(WAD);
        if (gotDeposit != depositNav || gotUnstaking != unstakingNav) revert NavNotReached(gotDeposit, gotUnstaking);
    }

    /// @dev The least assets at which 1e18 shares are worth `nav`, less the vault's virtual one.
    function _assetsFor(uint256 nav, uint256 supply) private pure returns (uint256 assets) {
        assets = nav.mulDiv(supply, WAD, Math.Rounding.Ceil);
        if (assets > 0) --assets;
    }

    // The owner.

    function setSigner(address account, bool allowed) external onlyOwner {
        _setSigner(account, allowed);
    }

    function _setSigner(address account, bool allowed) private {
        isSigner[account] = allowed;
        emit SignerSet(account, allowed);
    }

    /// @notice Calls the vault as its owner, with anything but what changes a NAV.
    function manage(bytes calldata data) external onlyOwner returns (bytes memory) {
        bytes4 selector = bytes4(data);
        if (
            selector == IFedVault.accrueYield.selector || selector == IFedVault.markDown.selector
                || selector == IFedVault.markUp.selector || selector == IFedVault.realizeLoss.selector
        ) revert NavByReportOnly(selector);
        (bool done, bytes memory result) = address(vault).call(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(result, 32), mload(result))
            }
        }
        return result;
    }
}
