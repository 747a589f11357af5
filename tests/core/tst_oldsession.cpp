// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/historyjson.h"
#include "core/formats/oldsession.h"
#include "core/formats/settingsjson.h"

#include <QFile>
#include <QtTest>

using namespace chainrule;

namespace {

// As the last version with such files wrote it.
QByteArray sessionBytes()
{
    QFile file(QStringLiteral(CHAINRULE_SOURCE_DIR "/tests/fixtures/sessions/window.session"));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

std::span<const char> spanOf(const QByteArray& bytes)
{
    return {bytes.data(), static_cast<std::size_t>(bytes.size())};
}

} // namespace

class TestOldSession : public QObject {
    Q_OBJECT

private slots:
    void readsWhatWasKept()
    {
        const QByteArray bytes = sessionBytes();
        const auto session = readOldSession(spanOf(bytes));
        QVERIFY(session);
        const auto edited = settingsFromJson(session->settings);
        QVERIFY(edited);
        QCOMPARE(edited->learningRate, 0.3);
        QCOMPARE(session->expression, std::string("p = a*b\nq = p^2"));
        QCOMPARE(session->variables, std::string(R"({"a":1.5,"b":-2.0})"));
        QCOMPARE(session->graphPage, std::string("anything"));
        QVERIFY(session->drawing.find("strokes") != std::string::npos);

        // The window's network, and the run of the list that had its weights; the other had none.
        QCOMPARE(session->networks.size(), std::size_t{2});
        for (const ModelFile& each : session->networks) {
            const auto history = historyFromJson(each.history);
            QVERIFY(history);
            QCOMPARE(history->epochs.size(), std::size_t{2});
            QCOMPARE(settingsFromJson(each.settings)->epochs, 5);
        }
        QCOMPARE(session->networks[0].network.parameters[0], -1.0);
        QCOMPARE(session->networks[1].network.parameters[0], 0.5);
        QCOMPARE(session->networks[1].initial->file, std::string("/home/someone/old.safetensors"));
    }

    void refusesEveryDamage()
    {
        const QByteArray whole = sessionBytes();
        for (qsizetype i = 0; i < whole.size(); i += 7) {
            QByteArray other = whole;
            other[i] = static_cast<char>(other[i] ^ 0x20);
            // Only the version's digit is not covered by the checksum.
            if (i >= 20)
                QVERIFY2(!readOldSession(spanOf(other)), qPrintable(QString::number(i)));
            const QByteArray shorter = whole.left(i);
            QVERIFY(!readOldSession(spanOf(shorter)));
        }
    }
};

QTEST_APPLESS_MAIN(TestOldSession)
#include "tst_oldsession.moc"
