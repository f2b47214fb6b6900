// Positions and offsets by the definition, slowly: the text is cut into characters and lines, and every
// question is answered by walking them from the start.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lsp/position.h"

namespace espalier::lsp {

class PositionOracle {
 public:
  explicit PositionOracle(std::string_view text);

  uint32_t OffsetAt(Position position, PositionEncoding encoding) const;
  Position PositionAt(uint32_t offset, PositionEncoding encoding) const;
  uint32_t line_count() const { return static_cast<uint32_t>(lines_.size()); }

 private:
  struct Character {
    uint32_t offset = 0;
    uint32_t bytes = 1;
    uint32_t Units(PositionEncoding encoding) const;
  };
  struct Line {
    std::vector<Character> characters;
    uint32_t begin = 0;
    uint32_t end = 0;   ///< of the content, before the terminator
    uint32_t next = 0;  ///< behind the terminator
  };
  std::vector<Line> lines_;
  uint32_t size_;
};

}  // namespace espalier::lsp
