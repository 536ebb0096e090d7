// Package anchor puts portfolio reports of package gpuasset/report on the embedded chain: it deploys the reference contract
// that anchors a report (root of the deals, both NAVs, time, signer) and feeds sAID's NAVs from it, and binds it.
//
//	a, err := anchor.Deploy(ctx, chain, deployment, signer) // the anchor owns the vault from here on
//	signature, err := a.Sign(report, signer)
//	plan := gaib.Plan{publish} // publish, err := a.Publish(report, signature)
//
// After a report is published the vault's convertToAssets(1e18) and convertToAssetsWithLoss(1e18) are the report's NAVs, to
// the base unit; [Feed] is the same step as arithmetic. The vault books a gain as yield, of which it counts its fee, and tells its
// NAVs at every step: within one transaction only the last NavUpdated event is the report's.
//
// GAIB has published neither such a contract nor who may sign; every line of the binding is marked assumed, and nothing here is for
// a public chain.
//
// Methods are safe for concurrent use.
package anchor

//go:generate go run ../../abigen -pkg anchor -out anchor_gen.go anchor.abi vault.abi
