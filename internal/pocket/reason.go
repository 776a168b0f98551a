package pocket

import "github.com/aptarium/aptarium/internal/problem"

// Reasons of problems with distributions, series, pockets and their uploaders.
const (
	UnknownDistribution   problem.Reason = "distribution.unknown"
	DuplicateDistribution problem.Reason = "distribution.duplicate"
	Busy                  problem.Reason = "distribution.busy"
	UnknownSeries         problem.Reason = "series.unknown"
	DuplicateSeries       problem.Reason = "series.duplicate"
	EmptySeries           problem.Reason = "series.empty"
	Unknown               problem.Reason = "pocket.unknown"
	Duplicate             problem.Reason = "pocket.duplicate"
	InvalidMode           problem.Reason = "pocket.mode"
	InvalidFilter         problem.Reason = "pocket.filter"
	NoFiltering           problem.Reason = "pocket.no-filter"
	DuplicateUploader     problem.Reason = "uploader.duplicate"
	UnknownUploader       problem.Reason = "uploader.unknown"
)
