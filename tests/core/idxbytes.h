// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QDir>
#include <QFile>
#include <QList>
#include <cstdint>

/// IDX and gzip files made by hand, independently of what the program reads them with.
namespace idxbytes {

inline QByteArray bigEndian(std::uint32_t value)
{
    QByteArray bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.append(static_cast<char>(value >> shift & 0xffU));
    return bytes;
}

inline QByteArray littleEndian(std::uint32_t value)
{
    QByteArray bytes;
    for (int shift = 0; shift < 32; shift += 8)
        bytes.append(static_cast<char>(value >> shift & 0xffU));
    return bytes;
}

inline QByteArray imagesHeader(std::uint32_t count, std::uint32_t rows, std::uint32_t columns)
{
    return QByteArray("\x00\x00\x08\x03", 4) + bigEndian(count) + bigEndian(rows) + bigEndian(columns);
}

/// Images whose bytes are 0, 1, 2, ... modulo 251.
inline QByteArray imagesFile(std::uint32_t count, std::uint32_t rows, std::uint32_t columns)
{
    QByteArray bytes = imagesHeader(count, rows, columns);
    for (std::uint32_t i = 0; i < count * rows * columns; ++i)
        bytes.append(static_cast<char>(i % 251));
    return bytes;
}

inline QByteArray labelsFile(const QList<int>& labels)
{
    QByteArray bytes =
        QByteArray("\x00\x00\x08\x01", 4) + bigEndian(static_cast<std::uint32_t>(labels.size()));
    for (const int label : labels)
        bytes.append(static_cast<char>(label));
    return bytes;
}

/// CRC-32 bit by bit, as RFC 1952 defines it.
inline std::uint32_t crc32(const QByteArray& bytes)
{
    std::uint32_t crc = 0xffffffffU;
    for (const char byte : bytes) {
        crc ^= static_cast<std::uint8_t>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 1U) != 0 ? crc >> 1 ^ 0xedb88320U : crc >> 1;
    }
    return ~crc;
}

/// A gzip file (RFC 1952): qCompress's deflate data without its length, zlib header and checksum.
inline QByteArray gzip(const QByteArray& bytes)
{
    const QByteArray packed = qCompress(bytes, 9);
    // qCompress has no deflate data for nothing: that is one final block of fixed codes with its end alone.
    const QByteArray deflated =
        bytes.isEmpty() ? QByteArray("\x03\x00", 2) : packed.mid(6, packed.size() - 10);
    return QByteArray("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10) + deflated +
           littleEndian(crc32(bytes)) + littleEndian(static_cast<std::uint32_t>(bytes.size()));
}

inline bool write(const QString& path, const QByteArray& bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(bytes) == bytes.size();
}

/// A whole set of 3 x 2 images (rows x columns) in `folder`; every second file packed.
inline bool writeSet(const QString& folder, const QList<int>& trainingLabels, const QList<int>& testLabels)
{
    const auto count = [](const QList<int>& labels) { return static_cast<std::uint32_t>(labels.size()); };
    return QDir().mkpath(folder) &&
           write(folder + "/train-images-idx3-ubyte", imagesFile(count(trainingLabels), 3, 2)) &&
           write(folder + "/train-labels-idx1-ubyte.gz", gzip(labelsFile(trainingLabels))) &&
           write(folder + "/t10k-images-idx3-ubyte.gz", gzip(imagesFile(count(testLabels), 3, 2))) &&
           write(folder + "/t10k-labels-idx1-ubyte", labelsFile(testLabels));
}

} // namespace idxbytes
