// Package view renders the domain's values: as text for a person at a
// terminal, as JSON for programs, as CSV for spreadsheets, as Markdown for a
// comment on a pull or merge request, as HTML for a browser. It decides
// nothing and reads nothing; every rendering is a function of its arguments.
//
// Text goes through [Safe], cells through [Cell], HTML through Safe and then
// escaped, and Markdown keeps in code what it didn't word itself: what sellers
// wrote reaches no terminal, no spreadsheet and no site as it is. A page of
// HTML is an htmlDocument. JSON outputs are one object with a format_version,
// apply's a stream of them; [Schemas] holds a schema for each.
//
//	what                     text              JSON              else
//	a plan                   PlanText          PlanJSON          PlanMarkdown, PlanHTML
//	a run's receipt          RunText           RunJSON           RunMarkdown, RunHTML
//	what apply did, or would AppliedText       EventJSON, a line for each event
//	verify                   VerifiedText      VerifiedJSON
//	undo                     UndoneText        UndoneJSON
//	the runs of a catalog    HistoryText       HistoryJSON
//	one category's history   FateText          FateJSON
//	where policies stand     StatusText        StatusJSON        StatusHTML
//	policies checked         CheckedText       CheckedJSON
//	the rules of a check     RulesText         RulesJSON
//	two plans                ComparedText      ComparedJSON      ComparedMarkdown, ComparedHTML, ComparedCSV
//	a tree                   TreeText          TreeJSON          TreeCSV, TreeGoogle
//	two trees                TreeDiffText      TreeDiffJSON
//	a rehearsal              RehearsedText     RehearsedJSON
//	a version                VersionText       VersionJSON
//	an audit                 AuditText         AuditJSON         AuditCSV, AuditHTML, AuditMarkdown
//	an error                 ErrorText         ErrorJSON
//	a plan's products                          ProductsJSON      ProductsCSV, read back as decisions
//	a plan's crosswalk                         CrosswalkJSON     CrosswalkCSV
//	the next command         Next
package view
