#include "model/safetensors.h"

#include <algorithm>
#include <optional>

#include "model/byte_reader.h"
#include "model/json_fields.h"

namespace espalier {
namespace {

using nlohmann::json;

constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the reference implementation's limit

struct Placed {
  SafeTensor tensor;
  uint64_t begin = 0;  // in the data
  uint64_t end = 0;
};

std::optional<DataType> TypeNamed(std::string_view name) {
  if (name == "F32") return DataType::kF32;
  if (name == "F16") return DataType::kF16;
  if (name == "BF16") return DataType::kBF16;
  return {};
}

class Parser {
 public:
  Parser(std::span<const std::byte> bytes, const FileErrors& errors) : bytes_(bytes), errors_(errors) {}

  Result<std::vector<SafeTensor>> Parse();

 private:
  Result<json> ReadHeader();
  Result<Placed> ReadTensor(const std::string& name, const json& entry) const;
  Status ReadType(const json& entry, SafeTensor& tensor) const;
  Status ReadShape(const json& entry, SafeTensor& tensor) const;
  Status ReadOffsets(const json& entry, Placed& placed) const;
  Result<std::vector<SafeTensor>> Tile(std::vector<Placed> placed) const;
  tl::unexpected<Error> Corrupt(const std::string& name, std::string_view what) const {
    return errors_.Corrupt("tensor " + Quoted(name) + " " + std::string(what));
  }

  std::span<const std::byte> bytes_;
  std::span<const std::byte> data_;
  const FileErrors& errors_;
};

Result<std::vector<SafeTensor>> Parser::Parse() {
  ESPALIER_ASSIGN_OR_RETURN(const json header, ReadHeader());
  std::vector<Placed> placed;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    ESPALIER_ASSIGN_OR_RETURN(Placed tensor, ReadTensor(name, entry));
    placed.push_back(std::move(tensor));
  }
  return Tile(std::move(placed));
}

Result<json> Parser::ReadHeader() {
  ByteReader reader(bytes_);
  uint64_t length = 0;
  std::span<const std::byte> text;
  if (!reader.Read(length)) return errors_.Corrupt("the file ends inside the length of its header");
  if (length > kMaxHeaderBytes) {
    return errors_.Corrupt("the header length is " + std::to_string(length) + "; expected at most " +
                           std::to_string(kMaxHeaderBytes) + " (is this a safetensors file?)");
  }
  if (!reader.Take(length, text)) {
    return errors_.Corrupt("the header length " + std::to_string(length) + " reaches beyond the file's " +
                           std::to_string(bytes_.size()) + " bytes; download it again");
  }
  data_ = bytes_.subspan(reader.offset());
  return ParseJsonObject({reinterpret_cast<const char*>(text.data()), text.size()}, errors_);
}

Result<Placed> Parser::ReadTensor(const std::string& name, const json& entry) const {
  Placed placed;
  placed.tensor.name = name;
  ESPALIER_RETURN_IF_ERROR(ReadType(entry, placed.tensor));
  ESPALIER_RETURN_IF_ERROR(ReadShape(entry, placed.tensor));
  ESPALIER_RETURN_IF_ERROR(ReadOffsets(entry, placed));
  TensorView& view = placed.tensor.view;
  if (placed.end - placed.begin != view.bytes()) {
    return Corrupt(name, "takes " + std::to_string(placed.end - placed.begin) +
                             " bytes by 'data_offsets' but " + std::to_string(view.bytes()) +
                             " by its shape and type");
  }
  const size_t offset = static_cast<size_t>(data_.data() - bytes_.data()) + placed.begin;
  if (offset % InfoOf(view.type).block_bytes != 0) {
    return errors_.Unsupported("tensor " + Quoted(name) + " is not aligned to its element type; " +
                               "save the model again with a current safetensors library");
  }
  view.data = bytes_.data() + offset;
  return placed;
}

Status Parser::ReadType(const json& entry, SafeTensor& tensor) const {
  const std::optional<std::string> name = FindText(entry, "dtype");
  if (!name) return Corrupt(tensor.name, "has no 'dtype'");
  const std::optional<DataType> type = TypeNamed(*name);
  if (!type) {
    return errors_.Unsupported("tensor " + Quoted(tensor.name) + " has 'dtype' " + Quoted(*name) +
                               "; F32, F16 and BF16 are supported");
  }
  tensor.view.type = *type;
  return {};
}

Status Parser::ReadShape(const json& entry, SafeTensor& tensor) const {
  const json* shape = FindMember(entry, "shape");
  if (shape == nullptr || !shape->is_array()) return Corrupt(tensor.name, "has no 'shape'");
  TensorView& view = tensor.view;
  view.rows = view.cols = 1;
  for (const json& size : *shape) {
    // Every element takes at least a byte, so that products stay below the square of the file's length.
    if (!size.is_number_unsigned() || size.get<uint64_t>() == 0 || size.get<uint64_t>() > data_.size()) {
      return Corrupt(tensor.name,
                     "has a 'shape' with a size that is not 1 to " + std::to_string(data_.size()));
    }
    const auto rows = static_cast<unsigned __int128>(view.rows) * view.cols;
    if (rows > data_.size()) return Corrupt(tensor.name, "has a 'shape' larger than the file");
    view.rows = static_cast<size_t>(rows);
    view.cols = size.get<uint64_t>();
  }
  if (static_cast<unsigned __int128>(view.rows) * view.cols > data_.size()) {
    return Corrupt(tensor.name, "has a 'shape' larger than the file");
  }
  return {};
}

Status Parser::ReadOffsets(const json& entry, Placed& placed) const {
  const std::string& name = placed.tensor.name;
  const json* offsets = FindMember(entry, "data_offsets");
  if (offsets == nullptr || !offsets->is_array() || offsets->size() != 2 ||
      !(*offsets)[0].is_number_unsigned() || !(*offsets)[1].is_number_unsigned()) {
    return Corrupt(name, "has no 'data_offsets' of two byte counts");
  }
  placed.begin = (*offsets)[0].get<uint64_t>();
  placed.end = (*offsets)[1].get<uint64_t>();
  if (placed.begin <= placed.end && placed.end <= data_.size()) return {};
  return Corrupt(name, "has 'data_offsets' " + std::to_string(placed.begin) + " to " +
                           std::to_string(placed.end) + "; the file holds " + std::to_string(data_.size()) +
                           " bytes of data");
}

Result<std::vector<SafeTensor>> Parser::Tile(std::vector<Placed> placed) const {
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) { return a.begin < b.begin; });
  std::vector<SafeTensor> tensors;
  uint64_t end = 0;
  for (Placed& next : placed) {
    if (next.begin != end) {
      return Corrupt(next.tensor.name, "begins at data offset " + std::to_string(next.begin) +
                                           ", where the tensor before it ends at " + std::to_string(end));
    }
    end = next.end;
    tensors.push_back(std::move(next.tensor));
  }
  if (end == data_.size()) return tensors;
  return errors_.Corrupt("the tensors end at data offset " + std::to_string(end) + ", but the file holds " +
                         std::to_string(data_.size()) + " bytes of data");
}

}  // namespace

Result<std::vector<SafeTensor>> ParseSafetensors(std::span<const std::byte> bytes, const FileErrors& errors) {
  return Parser(bytes, errors).Parse();
}

}  // namespace espalier
