package apptest

const ContentsPath = "debian/dists/stable/main/Contents-amd64"
