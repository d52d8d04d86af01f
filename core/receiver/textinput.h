// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"

#include <QString>
#include <QtGlobal>

#include <memory>
#include <string_view>

namespace trace {

//! What a file is said to hold.
enum class FileKind : std::uint8_t
{
    Unknown, //!< Its first bytes tell.
    Text,    //!< Lines of text, whatever they look like.
};

//! Reads a file, or standard input, as UTF-8, in constant memory: unpacks gzip, zstd, xz, bzip2 and
//! lz4, which their first bytes tell, and decodes UTF-16 and UTF-32 behind their mark. Blocks.
class TextInput final
{
public:
    //! "-" is standard input. The error names what a file seems to be that is no text.
    [[nodiscard]] static Expected<std::unique_ptr<TextInput>> open(const QString &path,
                                                                   FileKind kind);
    ~TextInput();
    Q_DISABLE_COPY_MOVE(TextInput)

    struct Chunk
    {
        std::string_view text{}; //!< Valid until the next one is read.
        bool isAll = false;      //!< All that has come for the moment.
        bool isEnd = false;
    };
    //! Waits until something comes. An error comes behind what could be read before it.
    [[nodiscard]] Expected<Chunk> read();

private:
    struct State;
    explicit TextInput(std::unique_ptr<State> state);

    std::unique_ptr<State> m_state;
};

} // namespace trace
