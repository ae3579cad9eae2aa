package migrate

// Tolerate collects so many differences that the policy tolerates, and one
// that it does not, and gives what is kept and how many let the plan be stale.
func Tolerate(n int) (kept []Drift, fatal int) {
	var r reconciler
	for range n {
		r.add(Drift{Kind: Arrived, Detail: "arrived", Tolerated: true})
	}
	r.add(Drift{Kind: Edited, Subject: "intolerable"})
	return r.drift, r.fatal
}
