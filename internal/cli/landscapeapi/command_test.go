package landscapeapi_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/cli/landscapeapi"
)

func TestCommandsAreNamedAsThoseOfTheOriginal(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]string{
		"GetGPGKeys":                       "get-gpg-keys",
		"ImportGPGKey":                     "import-gpg-key",
		"CreateAPTSource":                  "create-apt-source",
		"AddAPTSourcesToRepositoryProfile": "add-apt-sources-to-repository-profile",
		"GetUSNTimeToFix":                  "get-usn-time-to-fix",
		"GetCSVComplianceData":             "get-csv-compliance-data",
		"DiffPullPocket":                   "diff-pull-pocket",
		"AddUploaderGPGKeysToPocket":       "add-uploader-gpg-keys-to-pocket",
		"CreateCloudOtps":                  "create-cloud-otps",
	} {
		if got := landscapeapi.CommandName(action); got != want {
			t.Errorf("%s is the command %s, want %s", action, got, want)
		}
	}
}

func TestArgumentsBecomeParameters(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "hello.txt")
	if err := os.WriteFile(file, []byte("a\nb"), 0o600); err != nil {
		t.Fatal(err)
	}
	encoded := base64.StdEncoding.EncodeToString([]byte("a\nb"))
	pocket := func(more ...string) map[string]string {
		sent := map[string]string{"action": "CreatePocket", "name": "staging", "components.1": "main", "gpg_key": "key"}
		for i := 0; i < len(more); i += 2 {
			sent[more[i]] = more[i+1]
		}
		return sent
	}
	for line, want := range map[string]map[string]string{
		"create-pocket staging main key":                               pocket(),
		"create-pocket staging main,universe,,non-free\\,x\\y key":     pocket("components.2", "universe", "components.3", `non-free,x\y`),
		"create-pocket --mirror-uri http://x/ staging main key":        pocket("mirror_uri", "http://x/"),
		"create-pocket staging --mirror-uri=http://x/?a=b main key":    pocket("mirror_uri", "http://x/?a=b"),
		"create-pocket staging main key --mirror http://x/":            pocket("mirror_uri", "http://x/"),
		"create-pocket --include-udeb staging main key":                pocket("include_udeb", "true"),
		"create-pocket --no-verify staging main key":                   pocket("verify", "false"),
		"create-pocket --upload-allow-unsigned=false staging main key": pocket("upload_allow_unsigned", "false"),
		"create-pocket --upload-allow-unsigned true staging main key":  pocket("upload_allow_unsigned", "true"),
		"create-pocket --limit 1000 staging main key":                  pocket(), // its default is not sent
		"create-pocket --limit 10 staging main key":                    pocket("limit", "10"),
		"create-pocket -- staging main key":                            pocket(),
		"create-pocket --mirror-uri - staging main key":                pocket("mirror_uri", "-"),
		"add-tags-to-computers tag:web OR hostname:x a,b":              {"action": "AddTagsToComputers", "query": "tag:web OR hostname:x", "tags.1": "a", "tags.2": "b"},
		"get-activities":                                 {"action": "GetActivities"},
		"get-activities --query id:101":                  {"action": "GetActivities", "query": "id:101"},
		"remove-computers 3,5":                           {"action": "RemoveComputers", "computer_ids.1": "3", "computer_ids.2": "5"},
		"rename-computers 30=new=name,31=x":              {"action": "RenameComputers", "computer_titles.30": "new=name", "computer_titles.31": "x"},
		"create-script-attachment " + file:               {"action": "CreateScriptAttachment", "file": "hello.txt$$" + encoded},
		"create-script " + file:                          {"action": "CreateScript", "code": encoded},
		"import-gpg-key key " + file:                     {"action": "ImportGPGKey", "name": "key", "material": "a\nb"},
		"call Frob":                                      {"action": "Frob"},
		"call GetComputers query=tag:a limit=1 names.1=": {"action": "GetComputers", "query": "tag:a", "limit": "1", "names.1": ""},
		"--json call GetComputers":                       {"action": "GetComputers"},
		"--server http://other get-activities --data /d --config=/c --json": {"action": "GetActivities"},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			want["version"] = "2011-08-01"
			term := terminal{}
			if code := term.run(t, strings.Fields(line)...); code != 0 {
				t.Fatalf("ends with %d: %s", code, term.err.String())
			}
			if diff := cmp.Diff(want, term.sent); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsCalledWronglyAsksNobody(t *testing.T) {
	t.Parallel()
	large := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, 65<<20); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"frob":                                     "Unknown action: frob",
		"ssh web1":                                 "Unknown action: ssh",
		"help frob":                                "Unknown action: frob",
		"--json":                                   "Please specify an action.",
		"create-pocket staging main":               "GPG-KEY is missing\nType 'landscape-api help create-pocket'",
		"create-pocket staging main key more":      `"more" is one argument too many`,
		"create-pocket --frob staging main key":    "create-pocket has no option --frob",
		"create-pocket --u=x staging main key":     `--upload-allow-unsigned: couldn't parse "x" as a boolean: write true or false`,
		"create-pocket --include-udeb=true a b c":  "--include-udeb takes no value",
		"create-pocket a b c --mirror-uri":         "--mirror-uri is without its value",
		"create-pocket a b c --mirror-uri --limit": "--mirror-uri is without its value",
		"create-pocket --limit x a b c":            `--limit: couldn't parse "x" as an integer`,
		"create-pocket a b \xff":                   "GPG-KEY: \"\\xff\" is not UTF-8",
		"remove-computers 1,x":                     `COMPUTER-IDS: couldn't parse "x" as an integer`,
		"rename-computers 30":                      `COMPUTER-TITLES: "30" is no KEY=VALUE`,
		"import-gpg-key key":                       "FILENAME is missing",
		"import-gpg-key key /nowhere":              "FILENAME: open /nowhere: no such file or directory",
		"create-script " + large:                   "larger than 64 MiB",
		"get-activities id:101":                    `"id:101" is one argument too many`,
		"get-activities --json=1":                  "--json takes no value",
		"get-activities --key":                     "--key is without its value",
		"call":                                     "call wants the name of an action",
		"call Frob x":                              `"x" is no parameter`,
		"call Frob a=1 a=2":                        `"a=2" is no parameter`,
		"call Frob action=Other":                   `"action=Other" is no parameter`,
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			term := terminal{}
			if code := term.run(t, strings.Fields(line)...); code != 1 || term.sent != nil || term.out.String() != "" {
				t.Errorf("ends with %d, having sent %v and printed %q", code, term.sent, term.out.String())
			}
			if !strings.Contains(term.err.String(), want) {
				t.Errorf("it says %q, not %q", term.err.String(), want)
			}
		})
	}
}

func TestHelpIsNoFailure(t *testing.T) {
	t.Parallel()
	for line, wants := range map[string][]string{
		"":                           {"Usage: landscape-api [OPTION]… ACTION", "--ssl-ca-file FILE", "\n  call\n", "\n  create-pocket\n", "help ACTION"},
		"help":                       {"\n  add-tags-to-computers\n"},
		"-h":                         {"\n  add-tags-to-computers\n"},
		"help create-pocket":         {"Usage: landscape-api create-pocket [--mirror-uri MIRROR-URI] [--include-udeb]\n[--no-verify]", "Create a pocket.", "  COMPONENTS              Several (parted by commas).", "--limit LIMIT           How many (if not given: 1000).", "Prints: The pocket."},
		"create-pocket -h":           {"NAME COMPONENTS GPG-KEY"},
		"--help get-script-code":     {"SCRIPT-ID"},
		"help add-tags-to-computers": {"QUERY… TAGS"},
		"help import-gpg-key":        {"NAME FILENAME", "The key (the path of a file)."},
		"help call":                  {"call ACTION [KEY=VALUE]…"},
		"call --help":                {"call ACTION [KEY=VALUE]…"},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			term := terminal{}
			if code := term.run(t, strings.Fields(line)...); code != 0 || term.sent != nil {
				t.Fatalf("ends with %d, having sent %v: %s", code, term.sent, term.err.String())
			}
			for _, want := range wants {
				if !strings.Contains(term.out.String(), want) {
					t.Errorf("%q is not in\n%s", want, term.out.String())
				}
			}
			for row := range strings.Lines(term.out.String()) {
				if len([]rune(row)) > 80 {
					t.Errorf("wider than a terminal: %s", row)
				}
			}
		})
	}
}

func TestShellsAreOfferedWhatFits(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"|create-s":                      "create-script create-script-attachment",
		"help |call":                     "call",
		"create-pocket a |--mirror":      "--mirror-uri",
		"create-pocket |--no":            "--no-verify",
		"--json get-activities |--":      "--config --data --help --json --key --query --secret --server --ssl-ca-file --uri",
		"frob |--u":                      "--uri",
		"--key |x":                       "",
		"get-script-code |":              "",
		"create-pocket --mirror-uri x |": "--include-udeb --limit --mirror-uri --no-verify --upload-allow-unsigned",
	} {
		before, typed, _ := strings.Cut(line, "|")
		words, _ := landscapeapi.Complete(actions(), strings.Fields(before), typed)
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%q is offered %q, want %q", line, got, want)
		}
	}
}
