package e2e

import "regexp"

// aptlyDifference is where answers or files may differ from those of Debian's aptly.
type aptlyDifference struct {
	about, where *regexp.Regexp // the line of the story, and the place in the answer or tree
	reason       string
}

func (d aptlyDifference) name() string { return d.about.String() + " at " + d.where.String() }

func known(about, where, reason string) aptlyDifference {
	return aptlyDifference{regexp.MustCompile("^(?:" + about + ")"), regexp.MustCompile("^(?:" + where + ")$"), reason}
}

// aptlyDifferences are where we answer otherwise than Debian's aptly 1.5.
var aptlyDifferences = []aptlyDifference{
	// What aptly 1.6 has.
	known(`GET /api/(ready|healthy)$`, `.*`, "aptly 1.6 has it"),
	known(`GET /api/packages(\?q=hello)?$`, `.*`, "aptly 1.6 has it"),
	known(`.*`, `type`, "errors say application/json, as in aptly 1.6"),
	known(`GET /api/repos$`, `body / \d / NumPackages`, "aptly 1.6 counts packages in lists"),
	known(`POST /api/repos \{"Name":"tools"\}`, `status`, "aptly 1.6 answers 409 to a name that is taken"),
	known(`PUT /api/repos/extra \{"Name":"tools"\}`, `status|body`, "aptly 1.6 answers 409 to a name that is taken"),
	known(`POST /api/repos/tools/file/in$`, `body / Report / Warnings / 1`, "the text of aptly 1.6"),
	known(`GET /api/repos/tools/packages\?q=libfoo2`, `body`, "aptly 1.6 reads the versions in Provides"),
	known(`POST /api/repos/more/packages \{\}`, `.*`, "aptly 1.6 wants PackageRefs"),
	known(`(GET|POST) /api/mirrors`, `body / (\d / )?DownloadAppStream`, "aptly 1.6 has it"),
	known(`GET /api/(mirrors|snapshots)`, `body / \d / NumPackages`, "aptly 1.6 counts packages in lists"),
	known(`POST /api/snapshots \{"Name":"(empty|union|picked)"`, `body`, "aptly 1.6 shows the snapshot"),
	known(`GET /api/snapshots\?sort=size`, `status|body`, "aptly 1.6 refuses what it cannot sort by"),
	known(`GET /api/snapshots/union/packages`, `status|body`, "aptly 1.6 finds what the snapshot was just given"),
	known(`DELETE /api/mirrors/debian`, `status`, "aptly 1.6 answers 403 to a mirror that has snapshots"),
	known(`(GET|POST|PUT) /api/publish`, `body / (\d / )?(Codename|MultiDist|SignedBy|Version)`, "aptly 1.6 has it"),

	known(`GET /api/publish/:./(stable|none)`, `.*`, "aptly 1.6 shows a single one"),
	known(`POST /api/publish/dists`, `status|body / error`, "aptly 1.6 answers 400 to a prefix that cannot be"),
	known(`POST /api/publish/debian_testing .*"twice"`, `status|body / error`, "aptly 1.6 answers 400 to a component that is there twice"),

	known(`(POST /api/repos/rival/snapshots|(GET|DELETE) /api/tasks)`, `body / (\d / )?(ID|error|Resources)`, "aptly 1.6 also counts waiting calls, and lists the resources that a task locks"),
	known(`DELETE /api/publish/debian_testing/updates`, `status`, "aptly 1.6 answers 404"),
	known(`TREES`, `debian/testing/dists/updates/.*/Packages.bz2`, "aptly 1.6 skips bz2 where that is said"),

	// What is better.
	known(`GET /api/tasks/none`, `.*`, "a wrong number is the caller's fault"),
	known(`TREES of (an updated repo|switched snapshots|one publication less|nothing)`, `(.*/)?(pool|dists/.*/(binary-\w+|source))/.*`,
		"what clients may still ask for stays for a while"),
	known(`POST /api/publish/filesystem:none:`, `.*`, "a place that is not configured is no crash"),
	known(`GET /api/version`, `body / Version`, "it is another program"),
	known(`(GET /api/repos/|PUT /api/repos/hello/)$`, `.*`, "a slash at the end is no redirect, so that bodies are kept"),
	known(`GET /api/tasks`, `body`, "no tasks are an empty list"),
	known(`(GET /api/files/none|POST /api/repos/tools/file/in(/none.deb)?)$`, `body / error|body / Report / Warnings / 0`, "the text says what to do"),
	known(`GET /api/repos/tools/packages\?q=hello\+\(`, `body / error`, "the text says where"),
	known(`POST /api/(repos/more/packages|snapshots) .*"(nonsense|Pamd64 none 1 abcdef0123456789)"`, `body / error`, "the text says what to do"),
	known(`POST /api/mirrors \{"Name":"bad"`, `body / error`, "the text names the existing choices"),

	known(`POST /api/publish(/:.)? `, `body / error`, "the text says what to do"),
	known(`TREES`, `.*/(source|binary-\w+)/Release / release / (the order of fields|Codename)`, "as Debian's own: Archive first, and the codename"),
	known(`TREES`, `.*/Release / release / (Description|the order of fields)`, "no word of the program that made it"),
	known(`TREES`, `.*/Contents-[\w-]+(.gz)?( / text)?`, "no header, as Debian's own, plain text on request, and udebs by component alone"),
	known(`TREES`, `.*/Release / release / (MD5Sum|SHA1|SHA256|SHA512)`, "what is listed is there"),
	known(`TREES`, `.*/debian-installer/binary-\w+/(Packages|Packages.gz|Packages.bz2|Release)`, "no index of udebs for architectures without any"),

	known(`TREES`, `.* / by-hash`, "no by-hash of MD5 and SHA-1: no apt asks for them"),

	// What differs.
	known(`GET /api/mirrors/(debian|everything)/packages`, `body / \d( / (SHA1|SHA512|Key|FilesHash|Checksums-Sha512|Directory))?`, "packages of a mirror have the sums of its index"),
}
