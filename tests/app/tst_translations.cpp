// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/base/translations.h"
#include "app/train/trainpage.h"
#include "app/window/mainwindow.h"

#include "widgets/layers/layerstackmodel.h"

#include <QDirIterator>
#include <QLocale>
#include <QRegularExpression>
#include <QSet>
#include <QTest>
#include <QXmlStreamReader>

using namespace chainrule;

namespace {

struct PluralMessage {
    QString context;
    QString source;
    QStringList forms;
    bool finished = true;
};

QString pathOf(const char* path)
{
    return QStringLiteral(CHAINRULE_SOURCE_DIR "/") + QString::fromLatin1(path);
}

QList<PluralMessage> pluralMessages(QString& error)
{
    QFile file(pathOf("resources/translations/chainrule_en.ts"));
    if (!file.open(QIODevice::ReadOnly)) {
        error = file.errorString();
        return {};
    }
    QList<PluralMessage> messages;
    QString context;
    QXmlStreamReader xml(&file);
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement)
            continue;
        if (xml.name() == QLatin1String("name"))
            context = xml.readElementText();
        else if (xml.name() == QLatin1String("message"))
            messages.append({context, {}, {}, true});
        else if (xml.name() == QLatin1String("source"))
            messages.last().source = xml.readElementText();
        else if (xml.name() == QLatin1String("translation"))
            messages.last().finished = !xml.attributes().hasAttribute(QLatin1String("type"));
        else if (xml.name() == QLatin1String("numerusform"))
            messages.last().forms.append(xml.readElementText());
    }
    if (xml.hasError())
        error = xml.errorString();
    return messages;
}

struct Literal {
    QString text;  // adjacent literals joined
    QString after; // the next few characters of the source
};

QList<Literal> literalsOf(const QString& source)
{
    static const QRegularExpression literals(QStringLiteral("(?:\"(?:[^\"\\\\\\n]|\\\\.)*\"\\s*)+"));
    static const QRegularExpression joint(QStringLiteral("(?<!\\\\)\"\\s*\""));
    QList<Literal> found;
    for (auto it = literals.globalMatch(source); it.hasNext();) {
        const QRegularExpressionMatch match = it.next();
        const QString text = match.captured().trimmed();
        found.append({text.mid(1, text.size() - 2).remove(joint), source.mid(match.capturedEnd(), 12)});
    }
    return found;
}

QStringList placesOf(const QString& text)
{
    static const QRegularExpression place(QStringLiteral("%(?:n|Ln|\\d)"));
    QStringList places;
    for (auto it = place.globalMatch(text); it.hasNext();)
        places.append(it.next().captured());
    places.sort();
    return places;
}

} // namespace

class TranslationsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void everyPluralHasBothForms();
    void everyPluralInTheSourceIsTranslated();
    void embeddedFormsAreThoseOfTheFile();
    void oneAndMany();
    void otherLanguagesFallBackToEnglish();

private:
    QList<PluralMessage> m_messages;
};

void TranslationsTest::initTestCase()
{
    QString error;
    m_messages = pluralMessages(error);
    QVERIFY2(error.isEmpty(), qPrintable(error));
    QVERIFY(!m_messages.isEmpty());
    // Until a translation is installed, the words of the source are shown.
    QCOMPARE(MainWindow::tr("%1 · %2 · %n thread(s)", nullptr, 1), QStringLiteral("%1 · %2 · 1 thread(s)"));
    installTranslations(*QCoreApplication::instance());
}

void TranslationsTest::everyPluralHasBothForms()
{
    for (const PluralMessage& message : m_messages) {
        QVERIFY2(message.finished, qPrintable(message.source));
        QCOMPARE(message.forms.size(), 2);
        QVERIFY2(message.forms[0] != message.forms[1], qPrintable(message.source));
        for (const QString& form : message.forms) {
            QVERIFY2(!form.trimmed().isEmpty(), qPrintable(message.source));
            QVERIFY2(!form.contains(QLatin1String("(s)")), qPrintable(form));
            QCOMPARE(placesOf(form), placesOf(message.source));
        }
    }
}

// A plural that the .ts file does not know would be shown as the source has it.
void TranslationsTest::everyPluralInTheSourceIsTranslated()
{
    QSet<QString> known;
    for (const PluralMessage& message : m_messages)
        known.insert(message.source);
    static const QRegularExpression counted(QStringLiteral("^,\\s*nullptr,"));
    static const QRegularExpression noise(QStringLiteral("(?m)^\\s*//.*$|^#include.*$"));
    QSet<QString> used;
    for (const char* folder : {"app", "widgets"}) {
        QDirIterator files(pathOf(folder), {QStringLiteral("*.cpp"), QStringLiteral("*.h")}, QDir::Files,
                           QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QList<Literal> literals = literalsOf(QString::fromUtf8(file.readAll()).remove(noise));
            for (const Literal& literal : literals) {
                const QStringList places = placesOf(literal.text);
                if (!places.contains(QLatin1String("%n")) && !places.contains(QLatin1String("%Ln")) &&
                    !literal.text.contains(QLatin1String("(s)")) && !counted.match(literal.after).hasMatch())
                    continue;
                QVERIFY2(known.contains(literal.text),
                         qPrintable(QStringLiteral("%1: \"%2\": build the target `translations`, then "
                                                   "fill in the forms")
                                        .arg(file.fileName(), literal.text)));
                used.insert(literal.text);
            }
        }
    }
    // And the file has nothing that is gone from the source.
    QCOMPARE(used, known);
}

void TranslationsTest::embeddedFormsAreThoseOfTheFile()
{
    const QLocale locale;
    for (const PluralMessage& message : m_messages) {
        const QByteArray context = message.context.toUtf8();
        const QByteArray source = message.source.toUtf8();
        for (const int n : {0, 1, 2, 21, 1001}) {
            QString expected = message.forms[n == 1 ? 0 : 1];
            expected.replace(QLatin1String("%Ln"), locale.toString(n));
            expected.replace(QLatin1String("%n"), QString::number(n));
            QCOMPARE(QCoreApplication::translate(context.constData(), source.constData(), nullptr, n),
                     expected);
        }
    }
}

// Asked through the classes: a context that lupdate took for another would not be found.
void TranslationsTest::oneAndMany()
{
    const auto threads = [](int n) {
        return MainWindow::tr("%1 · %2 · %n thread(s)", nullptr, n)
            .arg(QStringLiteral("Matrix engine"), QStringLiteral("float"));
    };
    QCOMPARE(threads(1), QStringLiteral("Matrix engine · float · 1 thread"));
    QCOMPARE(threads(2), QStringLiteral("Matrix engine · float · 2 threads"));
    const auto wrong = [](int n) {
        return TrainPage::tr("%1 wrong of %Ln test sample(s), %2", nullptr, n)
            .arg(QStringLiteral("1"), QStringLiteral("at epoch 1.0"));
    };
    QCOMPARE(wrong(1), QStringLiteral("1 wrong of 1 test sample, at epoch 1.0"));
    QCOMPARE(wrong(200), QStringLiteral("1 wrong of 200 test samples, at epoch 1.0"));
    QCOMPARE(LayerStackModel::tr("%Ln features", nullptr, 1), QStringLiteral("1 feature"));
    QCOMPARE(LayerStackModel::tr("%Ln features", nullptr, 2), QStringLiteral("2 features"));
}

void TranslationsTest::otherLanguagesFallBackToEnglish()
{
    const QLocale before;
    QLocale::setDefault(QLocale(QLocale::Welsh));
    installTranslations(*QCoreApplication::instance());
    QCOMPARE(MainWindow::tr("%1 · %2 · %n thread(s)", nullptr, 1), QStringLiteral("%1 · %2 · 1 thread"));
    QLocale::setDefault(before);
}

QTEST_GUILESS_MAIN(TranslationsTest)
#include "tst_translations.moc"
