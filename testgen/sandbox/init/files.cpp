// The work folder, before the program runs and after it.
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "testgen/sandbox/init/steps.h"

namespace espalier::sandbox {
namespace {

void MakeFoldersOf(const std::string& file) {
  for (size_t at = file.find('/', 1); at != std::string::npos; at = file.find('/', at + 1)) {
    if (mkdir(file.substr(0, at).c_str(), 0755) != 0 && errno != EEXIST)
      Die("cannot make the folder of " + file);
  }
}

void LayFile(const std::string& path, const InnerFile& file) {
  MakeFoldersOf(path);
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const int fd = open(path.c_str(), flags, file.executable != 0 ? 0755 : 0644);
  if (fd < 0) Die("cannot write " + file.path);
  if (write(fd, file.content.data(), file.content.size()) != static_cast<ssize_t>(file.content.size()))
    Die("cannot write " + file.path + " (does it fit into the work folder?)");
  close(fd);
}

/// The program made what is there now: no link is followed, nothing is opened that could block.
int OpenMade(int folder, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(syscall(SYS_openat2, folder, path.c_str(), &how, sizeof(how)));
}

bool ReadMade(int fd, uint64_t most, InnerFile& file) {
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || static_cast<uint64_t>(status.st_size) > most)
    return false;
  file.content.resize(static_cast<size_t>(status.st_size));
  file.executable = (status.st_mode & S_IXUSR) != 0;
  size_t at = 0;
  while (at < file.content.size()) {
    const ssize_t n = pread(fd, file.content.data() + at, file.content.size() - at, static_cast<off_t>(at));
    if (n <= 0) return false;
    at += static_cast<size_t>(n);
  }
  return true;
}

/// Files that are collected: for how many bytes there is room, and what is there already.
struct Collection {
  int folder;
  uint64_t left;
  std::vector<InnerFile> files;
};

void CollectFile(int fd, const std::string& path, Collection& all) {
  InnerFile file{path, {}, 0};
  if (!ReadMade(fd, all.left, file)) return;
  all.left -= file.content.size();
  all.files.push_back(std::move(file));
}

/// Regular files below `path` (which ends in a slash), each opened from the work folder itself.
void CollectFolder(const std::string& path, int levels_left, Collection& all) {
  const int fd = OpenMade(all.folder, path);
  DIR* entries = fd < 0 ? nullptr : fdopendir(fd);
  if (entries == nullptr) {
    if (fd >= 0) close(fd);
    return;
  }
  while (const dirent* entry = readdir(entries)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    const int below = OpenMade(all.folder, path + name);
    if (below < 0) continue;
    const bool is_folder = IsFolder(below);
    if (!is_folder) CollectFile(below, path + name, all);
    close(below);
    if (is_folder && levels_left > 0) CollectFolder(path + name + "/", levels_left - 1, all);
  }
  closedir(entries);
}

/// Removes what is below the folder that `fd` refers to, and closes it. The program made it, and the names
/// may go deep: then false.
bool RemoveBelow(int fd, int levels_left) {
  fchmod(fd, 0755);
  DIR* entries = fdopendir(fd);
  if (entries == nullptr) {
    close(fd);
    return false;
  }
  bool removed = true;
  while (const dirent* entry = readdir(entries)) {
    const char* name = entry->d_name;
    if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
    if (unlinkat(dirfd(entries), name, 0) == 0) continue;
    fchmodat(dirfd(entries), name, 0700, 0);  // a folder that may not be opened; links are gone by now
    const int below = openat(dirfd(entries), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    removed = below >= 0 && levels_left > 0 && RemoveBelow(below, levels_left - 1) &&
              unlinkat(dirfd(entries), name, AT_REMOVEDIR) == 0 && removed;
  }
  closedir(entries);
  return removed;
}

}  // namespace

bool EmptyFolder(const char* folder) {
  constexpr int kMostLevels = 64;
  chmod(folder, 0755);
  const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return fd >= 0 && RemoveBelow(fd, kMostLevels);
}

bool IsFolder(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

void LayFiles(const std::string& folder, const std::vector<InnerFile>& files) {
  umask(022);
  for (const InnerFile& file : files) LayFile(folder + "/" + file.path, file);
}

std::vector<InnerFile> CollectFiles(const std::string& folder, const std::vector<std::string>& paths,
                                    uint64_t most_bytes) {
  constexpr int kMostLevels = 32;
  Collection all{open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), most_bytes, {}};
  for (const std::string& path : paths) {
    if (path.ends_with('/')) {
      CollectFolder(path, kMostLevels, all);
    } else if (const int fd = OpenMade(all.folder, path); fd >= 0) {
      CollectFile(fd, path, all);
      close(fd);
    }
  }
  close(all.folder);
  return std::move(all.files);
}

uint64_t CountWorkFiles(const Spec& spec) {
  struct statvfs status {};
  if (getpid() != 1 || statvfs(spec.work_folder.c_str(), &status) != 0) return 0;
  return status.f_files - status.f_ffree;
}

}  // namespace espalier::sandbox
