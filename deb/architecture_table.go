package deb

// cpus lists Debian's names of processors (dpkg's cputable).
var cpus = []string{
	"alpha", "amd64", "arc", "arm", "arm64", "armeb", "avr32", "hppa", "i386",
	"ia64", "loong64", "m32r", "m68k", "mips", "mips64", "mips64el", "mips64r6",
	"mips64r6el", "mipsel", "mipsr6", "mipsr6el", "nios2", "or1k", "powerpc",
	"powerpcel", "ppc64", "ppc64el", "riscv64", "s390", "s390x", "sh3", "sh3eb",
	"sh4", "sh4eb", "sparc", "sparc64", "tilegx",
}

// tuples maps names to their parts; the first row that matches counts. A name that
// ends in "<cpu>" stands for one name per processor (dpkg's tupletable).
var tuples = []struct {
	name string
	Architecture
}{
	{"uclibc-linux-armel", Architecture{"eabi", "uclibc", "linux", "arm"}},
	{"uclibc-linux-<cpu>", Architecture{"base", "uclibc", "linux", ""}},
	{"musl-linux-armhf", Architecture{"eabihf", "musl", "linux", "arm"}},
	{"musl-linux-<cpu>", Architecture{"base", "musl", "linux", ""}},
	{"arm64ilp32", Architecture{"ilp32", "gnu", "linux", "arm64"}},
	{"armhf", Architecture{"eabihf", "gnu", "linux", "arm"}},
	{"armel", Architecture{"eabi", "gnu", "linux", "arm"}},
	{"mipsn32r6el", Architecture{"abin32", "gnu", "linux", "mips64r6el"}},
	{"mipsn32r6", Architecture{"abin32", "gnu", "linux", "mips64r6"}},
	{"mipsn32el", Architecture{"abin32", "gnu", "linux", "mips64el"}},
	{"mipsn32", Architecture{"abin32", "gnu", "linux", "mips64"}},
	{"mips64r6el", Architecture{"abi64", "gnu", "linux", "mips64r6el"}},
	{"mips64r6", Architecture{"abi64", "gnu", "linux", "mips64r6"}},
	{"mips64el", Architecture{"abi64", "gnu", "linux", "mips64el"}},
	{"mips64", Architecture{"abi64", "gnu", "linux", "mips64"}},
	{"powerpcspe", Architecture{"spe", "gnu", "linux", "powerpc"}},
	{"x32", Architecture{"x32", "gnu", "linux", "amd64"}},
	{"<cpu>", Architecture{"base", "gnu", "linux", ""}},
	{"kfreebsd-armhf", Architecture{"eabihf", "gnu", "kfreebsd", "arm"}},
	{"kfreebsd-<cpu>", Architecture{"base", "gnu", "kfreebsd", ""}},
	{"knetbsd-<cpu>", Architecture{"base", "gnu", "knetbsd", ""}},
	{"kopensolaris-<cpu>", Architecture{"base", "gnu", "kopensolaris", ""}},
	{"hurd-<cpu>", Architecture{"base", "gnu", "hurd", ""}},
	{"dragonflybsd-<cpu>", Architecture{"base", "bsd", "dragonflybsd", ""}},
	{"freebsd-<cpu>", Architecture{"base", "bsd", "freebsd", ""}},
	{"openbsd-<cpu>", Architecture{"base", "bsd", "openbsd", ""}},
	{"netbsd-<cpu>", Architecture{"base", "bsd", "netbsd", ""}},
	{"darwin-<cpu>", Architecture{"base", "bsd", "darwin", ""}},
	{"aix-<cpu>", Architecture{"base", "sysv", "aix", ""}},
	{"solaris-<cpu>", Architecture{"base", "sysv", "solaris", ""}},
	{"uclinux-armel", Architecture{"eabi", "uclibc", "uclinux", "arm"}},
	{"uclinux-<cpu>", Architecture{"base", "uclibc", "uclinux", ""}},
	{"mint-m68k", Architecture{"base", "tos", "mint", "m68k"}},
}
