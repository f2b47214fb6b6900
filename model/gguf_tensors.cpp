#include "model/gguf_tensors.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>

#include "model/byte_reader.h"

namespace espalier {
namespace {

constexpr size_t kMaxNameBytes = 63;  // ggml keeps names in 64 bytes with a final NUL
constexpr uint32_t kMaxDims = 4;
constexpr size_t kMinEntryBytes = 8 + 1 + 4 + 8 + 4 + 8;  // name, dimensions, type, offset

using Wide = unsigned __int128;  // products of two 64-bit counts do not wrap

struct FileType {
  uint32_t id;
  std::string_view name;
  std::optional<DataType> type;  // nothing: known, but not supported
};

constexpr FileType kFileTypes[] = {
    {0, "F32", DataType::kF32},
    {1, "F16", DataType::kF16},
    {2, "Q4_0", DataType::kQ4_0},
    {3, "Q4_1", {}},
    {6, "Q5_0", DataType::kQ5_0},
    {7, "Q5_1", DataType::kQ5_1},
    {8, "Q8_0", DataType::kQ8_0},
    {9, "Q8_1", {}},
    {10, "Q2_K", {}},
    {11, "Q3_K", {}},
    {12, "Q4_K", DataType::kQ4_K},
    {13, "Q5_K", DataType::kQ5_K},
    {14, "Q6_K", DataType::kQ6_K},
    {15, "Q8_K", {}},
    {16, "IQ2_XXS", {}},
    {17, "IQ2_XS", {}},
    {18, "IQ3_XXS", {}},
    {19, "IQ1_S", {}},
    {20, "IQ4_NL", {}},
    {21, "IQ3_S", {}},
    {22, "IQ2_S", {}},
    {23, "IQ4_XS", {}},
    {24, "I8", {}},
    {25, "I16", {}},
    {26, "I32", {}},
    {27, "I64", {}},
    {28, "F64", {}},
    {29, "IQ1_M", {}},
    {30, "BF16", DataType::kBF16},
    {34, "TQ1_0", {}},
    {35, "TQ2_0", {}},
    {39, "MXFP4", {}},
    {40, "NVFP4", {}},
    {41, "Q1_0", {}},
};

struct Extent {
  size_t begin = 0;
  size_t end = 0;
  std::string_view name;
};

class TableParser {
 public:
  TableParser(std::span<const std::byte> bytes, const GgufTensorTable& table, const FileErrors& errors)
      : bytes_(bytes), reader_(bytes.subspan(table.offset)), table_(table), errors_(errors) {}

  Result<std::vector<GgufTensor>> Parse();

 private:
  struct Entry {
    GgufTensor tensor;
    uint64_t offset = 0;  // from the start of the data
  };

  Result<Entry> ReadEntry();
  Status ReadName(GgufTensor& tensor);
  Status ReadShape(GgufTensor& tensor);
  Status ReadDataType(GgufTensor& tensor);
  /// No format takes less than half a byte for an element.
  uint64_t MostElements() const { return bytes_.size() * 2; }
  Status PlaceData(size_t data_start, Entry& entry);
  Status CheckOverlap();
  tl::unexpected<Error> EndsIn(std::string_view what) const;

  std::span<const std::byte> bytes_;
  ByteReader reader_;
  const GgufTensorTable& table_;
  const FileErrors& errors_;
  std::unordered_set<std::string_view> names_;
  std::vector<Extent> extents_;
};

tl::unexpected<Error> TableParser::EndsIn(std::string_view what) const {
  return errors_.Corrupt("the file ends inside " + std::string(what) + " at byte " +
                         std::to_string(bytes_.size()) + "; download it again");
}

Result<std::vector<GgufTensor>> TableParser::Parse() {
  std::vector<Entry> entries;
  entries.reserve(table_.count);
  for (uint64_t i = 0; i < table_.count; ++i) {
    ESPALIER_ASSIGN_OR_RETURN(Entry entry, ReadEntry());
    entries.push_back(entry);
  }
  const size_t table_end = table_.offset + reader_.offset();
  const size_t data_start = (table_end + table_.alignment - 1) / table_.alignment * table_.alignment;
  std::vector<GgufTensor> tensors;
  tensors.reserve(entries.size());
  for (Entry& entry : entries) {
    ESPALIER_RETURN_IF_ERROR(PlaceData(data_start, entry));
    tensors.push_back(entry.tensor);
  }
  ESPALIER_RETURN_IF_ERROR(CheckOverlap());
  return tensors;
}

Result<TableParser::Entry> TableParser::ReadEntry() {
  Entry entry;
  ESPALIER_RETURN_IF_ERROR(ReadName(entry.tensor));
  ESPALIER_RETURN_IF_ERROR(ReadShape(entry.tensor));
  ESPALIER_RETURN_IF_ERROR(ReadDataType(entry.tensor));
  if (!reader_.Read(entry.offset)) return EndsIn("the offset of tensor " + Quoted(entry.tensor.name));
  return entry;
}

Status TableParser::ReadName(GgufTensor& tensor) {
  uint64_t length = 0;
  ByteReader peek = reader_;
  if (!peek.Read(length)) return EndsIn("a tensor's name");
  if (length == 0 || length > kMaxNameBytes) {
    return errors_.Corrupt("tensor " + std::to_string(names_.size()) + " has a name of " +
                           std::to_string(length) + " bytes; expected " + RangeText(1, kMaxNameBytes));
  }
  if (!reader_.ReadString(tensor.name)) return EndsIn("a tensor's name");
  if (!names_.insert(tensor.name).second) {
    return errors_.Corrupt("tensor " + Quoted(tensor.name) + " occurs twice");
  }
  return {};
}

Status TableParser::ReadShape(GgufTensor& tensor) {
  if (!reader_.Read(tensor.n_dims)) return EndsIn("the shape of tensor " + Quoted(tensor.name));
  if (tensor.n_dims < 1 || tensor.n_dims > kMaxDims) {
    return errors_.Corrupt("tensor " + Quoted(tensor.name) + " has " + std::to_string(tensor.n_dims) +
                           " dimensions; expected " + RangeText(1, kMaxDims));
  }
  Wide rows = 1;
  for (uint32_t d = 0; d < tensor.n_dims; ++d) {
    uint64_t size = 0;
    if (!reader_.Read(size)) return EndsIn("the shape of tensor " + Quoted(tensor.name));
    if (size == 0 || size > MostElements()) {
      return errors_.Corrupt("tensor " + Quoted(tensor.name) + " has dimension " + std::to_string(d) +
                             " of size " + std::to_string(size) + "; a file of this length allows " +
                             RangeText(1, MostElements()));
    }
    if (d == 0) tensor.view.cols = size;
    if (d > 0) rows *= size;
    if (rows > MostElements()) {
      return errors_.Corrupt("tensor " + Quoted(tensor.name) + " has more rows than the file can hold");
    }
  }
  tensor.view.rows = static_cast<size_t>(rows);
  return {};
}

Status TableParser::ReadDataType(GgufTensor& tensor) {
  uint32_t id = 0;
  if (!reader_.Read(id)) return EndsIn("the type of tensor " + Quoted(tensor.name));
  const auto* known = std::find_if(std::begin(kFileTypes), std::end(kFileTypes),
                                   [id](const FileType& file_type) { return file_type.id == id; });
  if (known == std::end(kFileTypes)) {
    return errors_.Corrupt("tensor " + Quoted(tensor.name) + " has unknown type " + std::to_string(id));
  }
  if (!known->type) {
    return errors_.Unsupported(
        "tensor " + Quoted(tensor.name) + " has type " + std::string(known->name) +
        ", which is not supported; choose a Q4_K_M, Q5_K_M, Q6_K, Q8_0, F16 or BF16 file");
  }
  tensor.view.type = *known->type;
  const DataTypeInfo& info = InfoOf(tensor.view.type);
  if (tensor.view.cols % info.block_elements != 0) {
    return errors_.Corrupt("tensor " + Quoted(tensor.name) + " has rows of " +
                           std::to_string(tensor.view.cols) + " elements, not whole " +
                           std::string(info.name) + " blocks of " + std::to_string(info.block_elements));
  }
  return {};
}

Status TableParser::PlaceData(size_t data_start, Entry& entry) {
  GgufTensor& tensor = entry.tensor;
  if (entry.offset % table_.alignment != 0) {
    return errors_.Corrupt("tensor " + Quoted(tensor.name) + " has offset " + std::to_string(entry.offset) +
                           ", not a multiple of the alignment " + std::to_string(table_.alignment));
  }
  const Wide size = static_cast<Wide>(tensor.view.rows) * tensor.view.row_bytes();
  const Wide begin = static_cast<Wide>(data_start) + entry.offset;
  if (begin + size > bytes_.size()) {
    return errors_.Corrupt("tensor " + Quoted(tensor.name) + " at data offset " +
                           std::to_string(entry.offset) + " reaches beyond the file's " +
                           std::to_string(bytes_.size()) + " bytes; download it again");
  }
  tensor.view.data = bytes_.data() + static_cast<size_t>(begin);
  extents_.push_back({static_cast<size_t>(begin), static_cast<size_t>(begin + size), tensor.name});
  return {};
}

Status TableParser::CheckOverlap() {
  std::sort(extents_.begin(), extents_.end(),
            [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  for (size_t i = 1; i < extents_.size(); ++i) {
    if (extents_[i].begin < extents_[i - 1].end) {
      return errors_.Corrupt("tensors " + Quoted(extents_[i - 1].name) + " and " + Quoted(extents_[i].name) +
                             " overlap");
    }
  }
  return {};
}

}  // namespace

Status CheckGgufTensorCount(uint64_t count, size_t remaining, const FileErrors& errors) {
  if (count <= remaining / kMinEntryBytes) return {};
  return errors.Corrupt("the tensor count " + std::to_string(count) + " needs more than the " +
                        std::to_string(remaining) + " bytes left in the file");
}

Result<std::vector<GgufTensor>> ReadGgufTensors(std::span<const std::byte> bytes,
                                                const GgufTensorTable& table, const FileErrors& errors) {
  return TableParser(bytes, table, errors).Parse();
}

}  // namespace espalier
