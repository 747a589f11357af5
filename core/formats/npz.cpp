// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/npz.h"

#include "core/formats/safetensors.h"

#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <limits>

namespace chainrule {

namespace {

constexpr std::size_t npyAlignment = 64; // of the values, so that they can be mapped into memory
constexpr char32_t replacement = 0xfffd;

void append16(std::string& bytes, std::uint64_t value)
{
    for (int shift = 0; shift < 16; shift += 8)
        bytes += static_cast<char>(value >> shift & 0xff);
}

void append32(std::string& bytes, std::uint64_t value)
{
    append16(bytes, value);
    append16(bytes, value >> 16);
}

// The character that begins at `at`, which moves behind it.
char32_t nextCharacter(const std::string& text, std::size_t& at)
{
    const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(at++);
    if (first < 0x80)
        return first;
    const int following = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4)
        return replacement;
    char32_t character = first & (0x3fU >> following);
    for (int i = 0; i < following; ++i) {
        if (at == text.size() || (byte(at) & 0xc0) != 0x80)
            return replacement;
        character = character << 6 | (byte(at++) & 0x3fU);
    }
    constexpr char32_t smallest[] = {0, 0x80, 0x800, 0x10000};
    const bool surrogate = character >= 0xd800 && character < 0xe000;
    return character < smallest[following] || character > 0x10ffff || surrogate ? replacement : character;
}

std::u32string charactersOf(const std::string& text)
{
    std::u32string characters;
    for (std::size_t at = 0; at < text.size();)
        characters += nextCharacter(text, at);
    // NumPy takes zeros at the end for padding.
    std::ranges::replace(characters, U'\0', replacement);
    return characters;
}

NpyArray unicode(std::string name, std::vector<std::uint64_t> shape, std::span<const std::string> texts)
{
    std::vector<std::u32string> all;
    std::size_t longest = 1;
    for (const std::string& text : texts) {
        all.push_back(charactersOf(text));
        longest = std::max(longest, all.back().size());
    }
    NpyArray array{std::move(name), "<U" + std::to_string(longest), std::move(shape), {}};
    for (const std::u32string& text : all) {
        for (std::size_t i = 0; i < longest; ++i)
            append32(array.bytes, i < text.size() ? text[i] : 0);
    }
    return array;
}

// What stands before the values in a .npy file: a Python dictionary, padded with spaces.
std::string npyHeader(const NpyArray& array)
{
    std::string shape;
    for (const std::uint64_t length : array.shape)
        shape += std::to_string(length) + ", ";
    if (array.shape.size() > 1)
        shape.resize(shape.size() - 2);
    else if (array.shape.size() == 1)
        shape.pop_back(); // "(3,)" is a tuple, "(3)" is none
    std::string text = "{'descr': '" + array.type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    std::string header("\x93NUMPY\x01\x00", 8);
    const std::size_t before = header.size() + 2;
    text.append(npyAlignment - 1 - (before + text.size()) % npyAlignment, ' ');
    text += '\n';
    append16(header, text.size());
    return header + text;
}

// Raw deflate, as ZIP has it; empty where that takes as much room as the bytes.
std::string deflated(const std::string& bytes)
{
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return {};
    std::string packed(bytes.size(), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); // zlib's old way to say const
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const bool smaller = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    packed.resize(smaller ? stream.total_out : 0);
    deflateEnd(&stream);
    return packed;
}

// What the archive says of one file, in front of it and once more in its directory.
struct ZipEntry {
    std::string name;
    std::uint32_t checksum = 0;
    std::size_t size = 0;
    std::size_t packedSize = 0;
    bool packed = false;
    std::size_t offset = 0;
};

void appendDescription(std::string& bytes, const ZipEntry& entry)
{
    append16(bytes, 20); // version 2.0 unpacks it
    append16(bytes, 0);
    append16(bytes, entry.packed ? 8 : 0); // deflate or stored
    append16(bytes, 0);
    append16(bytes, 0x0021); // 1 January 1980: the same arrays, the same bytes
    append32(bytes, entry.checksum);
    append32(bytes, entry.packedSize);
    append32(bytes, entry.size);
    append16(bytes, entry.name.size());
    append16(bytes, 0);
}

} // namespace

NpyArray npyNumbers(std::string name, std::vector<std::uint64_t> shape, std::span<const double> values,
                    Precision precision)
{
    const bool isDouble = precision == Precision::Double;
    NpyArray array{std::move(name), isDouble ? "<f8" : "<f4", std::move(shape), {}};
    appendEncodedValues(array.bytes, values, isDouble);
    return array;
}

NpyArray npyIndices(std::string name, std::span<const std::uint32_t> values)
{
    NpyArray array{std::move(name), "<i8", {values.size()}, {}};
    for (const std::uint32_t value : values) {
        append32(array.bytes, value);
        append32(array.bytes, 0);
    }
    return array;
}

NpyArray npyBytes(std::string name, std::vector<std::uint64_t> shape, std::span<const std::uint8_t> values)
{
    return {std::move(name), "|u1", std::move(shape), std::string(values.begin(), values.end())};
}

NpyArray npyTexts(std::string name, std::span<const std::string> texts)
{
    return unicode(std::move(name), {texts.size()}, texts);
}

NpyArray npyText(std::string name, const std::string& text)
{
    return unicode(std::move(name), {}, std::span(&text, 1));
}

std::vector<NpyArray> modelArrays(const Network& network, Precision precision)
{
    std::vector<NpyArray> arrays;
    std::vector<std::string> activations;
    const std::span<const double> values = network.parameters;
    for (const LayerSpan& layer : layerSpans(network.stack)) {
        const auto inputs = static_cast<std::size_t>(layer.inputs);
        const auto units = static_cast<std::size_t>(layer.units);
        activations.emplace_back(activationName(layer.activation));
        const std::string number = std::to_string(activations.size());
        arrays.push_back(npyNumbers("W" + number, {units, inputs},
                                    values.subspan(layer.weight, units * inputs), precision));
        arrays.push_back(npyNumbers("b" + number, {units}, values.subspan(layer.bias, units), precision));
    }
    arrays.push_back(npyTexts("activations", activations));
    if (network.loss != unnamedLoss)
        arrays.push_back(npyText("loss", std::string(lossName(network.loss))));
    return arrays;
}

std::string encodeNpz(std::span<const NpyArray> arrays)
{
    std::string archive;
    std::vector<ZipEntry> entries;
    for (const NpyArray& array : arrays) {
        const std::string file = npyHeader(array) + array.bytes;
        const std::string packed = deflated(file);
        const std::string& body = packed.empty() ? file : packed;
        const auto checksum =
            static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(file.data()), file.size()));
        entries.push_back(
            {array.name + ".npy", checksum, file.size(), body.size(), !packed.empty(), archive.size()});
        archive += "PK\x03\x04";
        appendDescription(archive, entries.back());
        archive += entries.back().name + body;
    }
    const std::size_t directory = archive.size();
    for (const ZipEntry& entry : entries) {
        archive += "PK\x01\x02";
        append16(archive, 20);
        appendDescription(archive, entry);
        append16(archive, 0); // no comment
        append16(archive, 0);
        append16(archive, 0);
        append32(archive, 0);
        append32(archive, entry.offset);
        archive += entry.name;
    }
    const std::size_t size = archive.size() - directory;
    assert(archive.size() < std::numeric_limits<std::uint32_t>::max());
    archive += "PK\x05\x06";
    append32(archive, 0);
    append16(archive, entries.size());
    append16(archive, entries.size());
    append32(archive, size);
    append32(archive, directory);
    append16(archive, 0);
    return archive;
}

} // namespace chainrule
