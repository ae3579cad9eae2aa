package advice

import "slices"

// Rule is one thing that is looked for.
type Rule struct {
	ID      string // does not change
	Level   Level
	Catalog bool   // it needs a catalog
	Title   string // what is wrong, in a few words
	Why     string // and why that matters, with what to do instead

	check func(*checker)
}

// Rules lists them, those that keep a policy from working first.
func Rules() []Rule { return slices.Clone(rules) }

// Known reports whether a rule has that id.
func Known(id string) bool {
	return slices.ContainsFunc(rules, func(r Rule) bool { return r.ID == id })
}

// invalid is the id of what policyfile says.
const invalid = "invalid"

var rules = []Rule{
	{invalid, Error, false, "the file is no policy",
		"A key, a value or a condition cannot be read, or a file that the policy names is not there. Nothing else is checked then.", nil},
	{"not-found", Error, true, "a category is not in the catalog",
		"A path names no category, or several, or there is no such id. No plan can be made. Take the nearest that is offered, or say {id: …}.", (*checker).notFound},
	{"refused", Error, true, "the catalog or its mapping forbids it",
		"A plan would be refused before it looks at a single product: a protected category, a child without an answer, an undeclared foreign key or trigger, a target that is closed. The finding says what answers it.", (*checker).refused},
	{"target-removed", Error, false, "a target is removed by the policy itself",
		"Products or pages are sent to a category that goes too, and whose own products do not all go to one other. Name a category that stays.", (*checker).targetRemoved},
	{"target-prohibited", Error, false, "a target is prohibited",
		"Products or pages are sent to a category that the policy prohibits: for the products that is an offence of its own. Name a category that may be sold in, or say redirect: gone.", (*checker).targetProhibited},
	{"never-matches", Error, false, "a rule that nothing can match",
		"Its condition contradicts itself, or the rules before it take all that it would, or it looks in places that it leaves out. Put it first, narrow those before it, or drop it.", (*checker).neverMatches},
	{"sweeps-everything", Error, false, "a sweep that takes the whole catalog",
		"Its condition is true of every product and it is bounded by no within: all that is on sale would be delisted.", (*checker).sweepsEverything},
	{"decision-refused", Error, false, "an answer that cannot hold",
		"Where all that the policy removes is prohibited, nothing of it can stay elsewhere (detach). What is reassigned or kept although the policy prohibits needs a reason. A check reads no product: whether an answer fits where its product is, a plan tells.", (*checker).decisionRefused},
	{"always-matches", Warning, false, "a condition that is true of every product",
		"The rule takes all that comes to it. If that is meant, leave its when out: then a rule behind it is an error.", (*checker).alwaysMatches},
	{"no-last-rule", Warning, false, "rules that may leave a product undecided",
		"The last rule has a condition, or none is given. A product that no rule decides keeps the plan from being made. End with a rule without when.", (*checker).noLastRule},
	{"minds-case", Warning, false, "a condition on titles that minds capital letters",
		"Sellers write Antminer, ANTMINER and antminer. Use hasWord, which minds neither case nor hyphens nor parts of other words, or begin the pattern with (?i).", (*checker).mindsCase},
	{"prohibited-unswept", Warning, false, "prohibited goods are not looked for elsewhere",
		"The same goods are filed in other categories too, or will be once theirs is gone. Add a sweep, with report: true if they are to be looked at first.", (*checker).prohibitedUnswept},
	{"prohibited-unapproved", Warning, false, "a prohibition that nobody approves",
		"Whoever can run the plan can delist everything in it. Say approvals: 1, or more, to have somebody else's word for the very digest.", (*checker).prohibitedUnapproved},
	{"decision-unsigned", Warning, false, "an answer by nobody",
		"A year from now the question is who decided. Fill in the column by.", (*checker).decisionUnsigned},
	{"no-reason", Warning, false, "no reason is given",
		"The reason stands on the plan, the receipt and the notices to sellers. Name the law, the notice or the ticket.", (*checker).noReason},
	{"date-past", Warning, false, "a date has passed",
		"The effective date is over, so that a plan could be applied at once; or the last date is, so that none can be. Where an earlier run did what the policy says, nothing is reported.", (*checker).datePast},
	{"expires-unenforced", Warning, false, "it expires before it is enforced",
		"From the date it expires nothing can be applied, and from the date it is enforced violations are counted. In between the catalog can no longer be put right. Let it expire later.", (*checker).expiresUnenforced},
	{"drift-unlimited", Warning, false, "drift is tolerated without a bound",
		"Whatever arrives, leaves or changes after the approval goes through, were it half the catalog. Set limits.drift.", (*checker).driftUnlimited},
	{"no-limits", Warning, false, "no limit is set",
		"Nothing holds a plan up that delists far more than was thought of. Set limits.delist or limits.live_share.", (*checker).noLimits},
	{"limit-short", Warning, true, "a limit that the products inside exceed",
		"All that is in the removed categories is to be delisted, and it is more than limits.delist: the plan would be refused. Look at the count before the limit is raised.", (*checker).limitShort},
	{"bare-parent", Warning, true, "an empty parent is left behind",
		"All children of a category go, it holds no product itself, and emptied: keep leaves it in the menus. Say emptied: remove, or remove it by name.", (*checker).bareParent},
	{"redirect-unclear", Warning, false, "a page that leads nowhere",
		"The products go to several categories, so that no single one succeeds the removed category, and its page ends in nothing. Name one with redirect, or say redirect: gone.", (*checker).redirectUnclear},
	{"penalties-fall", Warning, false, "penalties that do not rise",
		"A rung for more violations is milder than one before it, and the highest rung reached is the one that holds.", (*checker).penaltiesFall},
	{"no-effect", Warning, false, "a setting that does nothing",
		"It only matters together with something that the policy does not have. Drop it, or add what it was meant for.", (*checker).noEffect},
	{"nothing-left", Warning, true, "an earlier run did it all",
		"Runs that were not undone removed every category of the policy, and there is no sweep. A plan would be empty.", (*checker).nothingLeft},
}
