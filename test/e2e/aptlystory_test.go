package e2e

// aptlyStory has one request a line: method, path and JSON body; UPLOAD sends files as a
// form to a path; TREES compares what is published. See [aptlySide.ask] for what
// stands in braces.
const aptlyStory = `
# An empty server
GET /api/version
GET /api/ready
GET /api/healthy
GET /api/repos
GET /api/mirrors
GET /api/snapshots
GET /api/publish
GET /api/files
GET /api/packages
GET /api/tasks
GET /api/nothing
PATCH /api/repos
GET /api/repos/
PUT /api/repos/hello/

# Uploads
UPLOAD /api/files/in hello_2.9-1_amd64.deb hello_2.10-3_amd64.deb notes.txt
GET /api/files
GET /api/files/in
GET /api/files/none
DELETE /api/files/in/notes.txt
DELETE /api/files/in/notes.txt
DELETE /api/files/none
UPLOAD /api/files/.. notes.txt
POST /api/files/in {}

# Repos
POST /api/repos {"Name":"tools","Comment":"of the team","DefaultDistribution":"stable","DefaultComponent":"main"}
POST /api/repos {"name":"extra","defaultcomponent":"contrib"}
POST /api/repos {"Name":"tools"}
POST /api/repos {"Comment":"nameless"}
POST /api/repos {"Name":
POST /api/repos {"Name":5}
POST /api/repos
GET /api/repos/tools
GET /api/repos/none
PUT /api/repos/extra {"Comment":"more","DefaultDistribution":"stable"}
PUT /api/repos/none {"Comment":"more"}
PUT /api/repos/extra {"Name":"tools"}
PUT /api/repos/extra {"Name":"more"}
GET /api/repos

# Adding packages
POST /api/repos/tools/file/in?noRemove=1
GET /api/files/in
POST /api/repos/tools/file/in
GET /api/files
POST /api/repos/tools/file/in
POST /api/repos/none/file/in
UPLOAD /api/files/in hello_2.10-3_i386.deb hello-data_2.10-3_all.deb libfoo1_1.2~rc1+dfsg-3+b1_amd64.deb disk-udeb_1_amd64.udeb
UPLOAD /api/files/in hello_2.10-3.dsc hello_2.10.orig.tar.gz hello_2.10-3.debian.tar.gz
POST /api/repos/tools/file/in
UPLOAD /api/files/in other.deb broken_1_amd64.deb notes.txt
POST /api/repos/tools/file/in
GET /api/files/in
POST /api/repos/tools/file/in/notes.txt
POST /api/repos/tools/file/in/none.deb
POST /api/repos/more/file/in/other.deb
POST /api/repos {"Name":"kit","DefaultDistribution":"stable"}
UPLOAD /api/files/kit libfoo1_1.2~rc1+dfsg-3+b1_amd64.deb disk-udeb_1_amd64.udeb either_1_amd64.deb one_1_amd64.deb two_1_amd64.deb
POST /api/repos/kit/file/kit
GET /api/repos/kit/packages?q=either&withDeps=1
GET /api/repos/kit/packages?q=either|two&withDeps=1
GET /api/repos/tools/packages
GET /api/repos/tools/packages?format=details
GET /api/repos/tools/packages?q=hello
GET /api/repos/tools/packages?q=hello+(%3E%3D+2.10)
GET /api/repos/tools/packages?q=Name+(~+%5Eh),+$Architecture+(i386)
GET /api/repos/tools/packages?q=$PackageType+(source)
GET /api/repos/tools/packages?q=hello_2.10-3_amd64
GET /api/repos/tools/packages?q=libfoo2
GET /api/repos/tools/packages?q=hello+(%3D+2.10-3)+%7Bamd64%7D&withDeps=1
GET /api/repos/tools/packages?q=hello+(
GET /api/repos/none/packages
GET /api/packages
GET /api/packages?q=hello
GET /api/packages/{Pamd64 hello 2.10-3}
GET /api/packages/{Psource hello 2.10-3}
GET /api/packages/Pamd64%20none%201%20abcdef
POST /api/repos/more/packages {"PackageRefs":["{Pamd64 hello 2.9-1}"]}
POST /api/repos/more/packages {"PackageRefs":["Pamd64 none 1 abcdef0123456789"]}
POST /api/repos/more/packages {"PackageRefs":["nonsense"]}
POST /api/repos/more/packages {}
DELETE /api/repos/more/packages {"PackageRefs":["{Pamd64 hello 2.9-1}"]}
DELETE /api/repos/none/packages {"PackageRefs":["{Pamd64 hello 2.9-1}"]}
GET /api/repos/more/packages

# Mirrors
POST /api/mirrors {"Name":"debian","ArchiveURL":"{UPSTREAM}","Distribution":"stable","Architectures":["amd64"],"Components":["main"],"DownloadSources":true}
POST /api/mirrors {"Name":"debian","ArchiveURL":"{UPSTREAM}","Distribution":"stable"}
POST /api/mirrors {"Name":"all","ArchiveURL":"{UPSTREAM}","Distribution":"stable","Filter":"unrar | nginx","FilterWithDeps":true}
POST /api/mirrors {"Name":"bad","ArchiveURL":"{UPSTREAM}","Distribution":"none"}
POST /api/mirrors {"Name":"bad","ArchiveURL":"{UPSTREAM}","Distribution":"stable","Architectures":["s390x"]}
POST /api/mirrors {"Name":"bad","ArchiveURL":"{UPSTREAM}","Distribution":"stable","Components":["none"]}
POST /api/mirrors {"Name":"bad","ArchiveURL":"{UPSTREAM}","Distribution":"stable","Filter":"nginx ("}
POST /api/mirrors {"Name":"bad"}
GET /api/mirrors
GET /api/mirrors/debian
GET /api/mirrors/none
GET /api/mirrors/debian/packages
POST /api/mirrors/debian/snapshots {"Name":"early"}
PUT /api/mirrors/debian {}
PUT /api/mirrors/all {"Name":"everything"}
PUT /api/mirrors/none {}
PUT /api/mirrors/debian {"Name":"everything"}
GET /api/mirrors/debian/packages
GET /api/mirrors/debian/packages?format=details
GET /api/mirrors/everything/packages
GET /api/mirrors/everything
GET /api/mirrors

# Snapshots
POST /api/repos/tools/snapshots {"Name":"tools-1","Description":"the first"}
POST /api/repos/tools/snapshots {"Name":"tools-1"}
POST /api/repos/tools/snapshots {}
POST /api/repos/none/snapshots {"Name":"tools-2"}
POST /api/mirrors/debian/snapshots {"Name":"debian-1"}
POST /api/mirrors/everything/snapshots {"Name":"everything-1"}
POST /api/mirrors/none/snapshots {"Name":"none-1"}
POST /api/repos/kit/snapshots {"Name":"kit-1"}
POST /api/snapshots {"Name":"empty"}
POST /api/snapshots {"Name":"union","SourceSnapshots":["tools-1","debian-1"],"Description":"of both"}
POST /api/snapshots {"Name":"picked","PackageRefs":["{Pamd64 hello 2.9-1}"]}
POST /api/snapshots {"Name":"bad","SourceSnapshots":["none"]}
POST /api/snapshots {"Name":"bad","PackageRefs":["Pamd64 none 1 abcdef0123456789"]}
POST /api/snapshots {"Name":"empty"}
GET /api/snapshots
GET /api/snapshots?sort=time
GET /api/snapshots?sort=name
GET /api/snapshots?sort=size
GET /api/snapshots/union
GET /api/snapshots/none
GET /api/snapshots/union/packages
GET /api/snapshots/union/packages?q=nginx&withDeps=1
GET /api/snapshots/none/packages
PUT /api/snapshots/picked {"Name":"chosen","Description":"by hand"}
PUT /api/snapshots/chosen {"Name":"empty"}
PUT /api/snapshots/none {"Name":"x"}
GET /api/snapshots/tools-1/diff/chosen
GET /api/snapshots/tools-1/diff/chosen?onlyMatching=1
GET /api/snapshots/tools-1/diff/none
GET /api/snapshots/none/diff/tools-1
DELETE /api/snapshots/tools-1
DELETE /api/snapshots/empty
DELETE /api/snapshots/none
DELETE /api/mirrors/debian

# Publishing a repo at the root
POST /api/publish/:. {"SourceKind":"local","Sources":[{"Name":"tools"}],"Signing":{"Batch":true,"GpgKey":"{SIGNER}"}}
TREES of a repo at the root
GET /api/publish
POST /api/publish {"SourceKind":"local","Sources":[{"Name":"tools"}],"Signing":{"Skip":true}}
POST /api/publish/:. {"SourceKind":"local","Sources":[],"Distribution":"x","Signing":{"Skip":true}}
POST /api/publish/:. {"SourceKind":"other","Sources":[{"Name":"tools"}],"Distribution":"x","Signing":{"Skip":true}}
POST /api/publish/:. {"SourceKind":"local","Sources":[{"Name":"none"}],"Distribution":"x","Signing":{"Skip":true}}
POST /api/publish/:. {"SourceKind":"snapshot","Sources":[{"Name":"none"}],"Distribution":"x","Signing":{"Skip":true}}
POST /api/publish/:. {"SourceKind":"snapshot","Sources":[{"Name":"union"}],"Distribution":"x","Signing":{"GpgKey":"nobody"}}
POST /api/publish/:. {"SourceKind":"local","Sources":[{"Name":"more"}],"Distribution":"x","Signing":{"Skip":true}}
POST /api/publish/dists {"SourceKind":"local","Sources":[{"Name":"tools"}],"Distribution":"x","Signing":{"Skip":true}}
POST /api/publish/filesystem:none: {"SourceKind":"local","Sources":[{"Name":"tools"}],"Distribution":"x","Signing":{"Skip":true}}
POST /api/publish/:. {"SourceKind":"local"}
GET /api/publish/:./stable
GET /api/publish/:./none
DELETE /api/repos/tools
DELETE /api/repos/tools?force=1

# Publishing snapshots in several components, with all that can be set
POST /api/publish/debian_testing {"SourceKind":"snapshot","Sources":[{"Component":"main","Name":"kit-1"},{"Component":"tools","Name":"tools-1"}],"Distribution":"bookworm","Label":"Label","Origin":"Origin","Architectures":["amd64","source","i386"],"NotAutomatic":"yes","ButAutomaticUpgrades":"yes","AcquireByHash":true,"Signing":{"GpgKey":"{SIGNER}"}}
POST /api/publish/debian_testing {"SourceKind":"snapshot","Sources":[{"Component":"main","Name":"kit-1"}],"Distribution":"updates","Signing":{"Skip":true},"SkipBz2":true}
POST /api/publish/debian_testing {"SourceKind":"snapshot","Sources":[{"Component":"x","Name":"kit-1"},{"Component":"x","Name":"tools-1"}],"Distribution":"twice","Signing":{"Skip":true}}
POST /api/publish/filesystem:www:deep_er {"SourceKind":"snapshot","Sources":[{"Name":"tools-1"}],"Distribution":"stable","Signing":{"GpgKey":"{SIGNER}"}}
POST /api/publish/filesystem:www: {"SourceKind":"snapshot","Sources":[{"Name":"kit-1"}],"Signing":{"Skip":true}}
TREES of snapshots
GET /api/publish

# Updates and switches
DELETE /api/repos/tools/packages {"PackageRefs":["{Pamd64 hello 2.9-1}"]}
PUT /api/publish/:./stable {"Signing":{"GpgKey":"{SIGNER}"}}
PUT /api/publish/:./none {"Signing":{"Skip":true}}
PUT /api/publish/:./stable {"Snapshots":[{"Name":"tools-1"}],"Signing":{"Skip":true}}
TREES of an updated repo
PUT /api/publish/debian_testing/bookworm {"Snapshots":[{"Component":"main","Name":"kit-1"}],"Signing":{"GpgKey":"{SIGNER}"},"AcquireByHash":true,"SkipContents":false}
PUT /api/publish/debian_testing/bookworm {"Snapshots":[{"Component":"main","Name":"none"}],"Signing":{"Skip":true}}
PUT /api/publish/filesystem:www:/stable {"Snapshots":[{"Component":"main","Name":"kit-1"}],"Signing":{"Skip":true}}
TREES of switched snapshots
GET /api/publish

# Files of the same name and other content
POST /api/repos {"Name":"rival","DefaultDistribution":"rival"}
UPLOAD /api/files/rival other.deb
POST /api/repos/rival/file/rival
GET /api/repos/rival/packages

# Tasks
POST /api/repos/rival/snapshots?_async=1 {"Name":"rival-1"}
GET /api/tasks/{TASK}/wait
GET /api/tasks/{TASK}
GET /api/tasks/{TASK}/output
GET /api/tasks/{TASK}/detail
GET /api/tasks/{TASK}/return_value
GET /api/tasks
DELETE /api/tasks/{TASK}
GET /api/tasks/{TASK}
DELETE /api/tasks/{TASK}
POST /api/tasks-clear
GET /api/tasks-wait
GET /api/tasks/none
GET /api/tasks/999999/wait

# The end
DELETE /api/snapshots/debian-1
DELETE /api/snapshots/everything-1?force=1
DELETE /api/publish/debian_testing/updates
DELETE /api/publish/debian_testing/updates
TREES of one publication less
DELETE /api/publish/debian_testing/bookworm
DELETE /api/publish/filesystem:www:/stable
DELETE /api/publish/filesystem:www:deep_er/stable
DELETE /api/publish/:./stable
TREES of nothing
GET /api/publish
DELETE /api/mirrors/debian
DELETE /api/mirrors/debian?force=1
DELETE /api/mirrors/debian
DELETE /api/repos/tools
DELETE /api/repos/tools?force=1
DELETE /api/repos/none
DELETE /api/snapshots/union
GET /api/snapshots
POST /api/db/cleanup
`
