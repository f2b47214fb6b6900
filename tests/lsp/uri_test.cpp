#include "lsp/uri.h"

#include <gtest/gtest.h>

namespace espalier::lsp {
namespace {

TEST(UriTest, PathsOfAllSpellings) {
  EXPECT_EQ(PathOfUri("file:///home/a/b.py"), "/home/a/b.py");
  EXPECT_EQ(PathOfUri("file:///c%3A/x%20y.rs"), "/c:/x y.rs");
  EXPECT_EQ(PathOfUri("file://server/share/a.go"), "/share/a.go");
  EXPECT_EQ(PathOfUri("untitled:Untitled-1.ts"), "Untitled-1.ts");
  EXPECT_EQ(PathOfUri("vscode-remote://wsl%2Bdebian/a.cpp?x#y.py"), "/a.cpp");
  EXPECT_EQ(PathOfUri("/plain/path.py"), "/plain/path.py");
}

TEST(UriTest, AnythingIsAccepted) {
  EXPECT_EQ(PathOfUri(""), "");
  EXPECT_EQ(PathOfUri("file://"), "");
  EXPECT_EQ(PathOfUri("file:///"), "/");
  EXPECT_EQ(PathOfUri("%"), "%");
  EXPECT_EQ(PathOfUri("file:///%4"), "/%4");
  EXPECT_EQ(PathOfUri("file:///%zz%4g"), "/%zz%4g");
}

}  // namespace
}  // namespace espalier::lsp
