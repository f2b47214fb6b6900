#include "cli/app.h"

int main(int argc, char** argv) { return espalier::RunCli(argc, argv); }
