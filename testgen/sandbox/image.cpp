#include "testgen/sandbox/image.h"

#include <string_view>

#include "testgen/sandbox/descriptor.h"

// SANDBOX_IMAGE is the path of the executable that was built just before.
asm(R"(
  .pushsection .rodata
  .global espalier_sandbox_image_begin
  .global espalier_sandbox_image_end
espalier_sandbox_image_begin:
  .incbin ")" SANDBOX_IMAGE R"("
espalier_sandbox_image_end:
  .popsection
)");

extern "C" const char espalier_sandbox_image_begin[], espalier_sandbox_image_end[];

namespace espalier::sandbox {

Result<int> InnerImage() {
  static const Result<Descriptor> image = MakeMemoryFile(
      "espalier-sandbox",
      std::string_view(espalier_sandbox_image_begin,
                       static_cast<size_t>(espalier_sandbox_image_end - espalier_sandbox_image_begin)),
      true);
  if (!image) return Fail(image.error());
  return image->get();
}

}  // namespace espalier::sandbox
