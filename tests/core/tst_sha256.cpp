// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/sha256.h"

#include <QCryptographicHash>
#include <QtTest>

#include <string>

using namespace chainrule;

namespace {

std::span<const std::uint8_t> bytesOf(const QByteArray& bytes)
{
    return {reinterpret_cast<const std::uint8_t*>(bytes.constData()), static_cast<std::size_t>(bytes.size())};
}

} // namespace

class TestSha256 : public QObject {
    Q_OBJECT

private slots:
    // FIPS 180-4's own examples.
    void examples()
    {
        Sha256 abc;
        abc.add(bytesOf("abc"));
        QCOMPARE(abc.result(),
                 std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        Sha256 empty;
        QCOMPARE(empty.result(),
                 std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    }

    // Every length around the ends of blocks, in pieces of every size, as Qt computes it.
    void pieces()
    {
        QByteArray all;
        for (int i = 0; i < 300; ++i)
            all.append(static_cast<char>(i * 131 + 7));
        for (qsizetype length = 0; length <= all.size(); ++length) {
            const QByteArray bytes = all.left(length);
            const std::string expected =
                QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex().toStdString();
            for (const qsizetype piece : {1, 3, 63, 64, 65, 127, 300}) {
                Sha256 digest;
                for (qsizetype at = 0; at < length; at += piece)
                    digest.add(bytesOf(bytes.mid(at, piece)));
                QCOMPARE(digest.result(), expected);
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestSha256)
#include "tst_sha256.moc"
