<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
    <context>
        <name>trace::EndpointsView</name>
        <message numerus="yes">
            <source>%n endpoint(s)</source>
            <translation>
                <numerusform>%n endpoint</numerusform>
                <numerusform>%n endpoints</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>trace::FailedView</name>
        <message numerus="yes">
            <source>%n batch(es)</source>
            <translation>
                <numerusform>%n batch</numerusform>
                <numerusform>%n batches</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>… and %n more record(s)</source>
            <translation>
                <numerusform>… and %n more record</numerusform>
                <numerusform>… and %n more records</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>trace::HealthStrip</name>
        <message numerus="yes">
            <source>%n ok</source>
            <comment>endpoints</comment>
            <translation>
                <numerusform>%n ok</numerusform>
                <numerusform>%n ok</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n not tried yet</source>
            <comment>endpoints</comment>
            <translation>
                <numerusform>%n not tried yet</numerusform>
                <numerusform>%n not tried yet</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n on hold</source>
            <comment>endpoints</comment>
            <translation>
                <numerusform>%n on hold</numerusform>
                <numerusform>%n on hold</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n stopped</source>
            <comment>endpoints</comment>
            <translation>
                <numerusform>%n stopped</numerusform>
                <numerusform>%n stopped</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%1 with %n record(s)</source>
            <comment>%1 batches</comment>
            <translation>
                <numerusform>%1 with %n record</numerusform>
                <numerusform>%1 with %n records</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>trace::MainWindow</name>
        <message numerus="yes">
            <source>Finishing: %n record(s) wait or are on their way. Close again to end now; what is left stays in the journal and is sent later.</source>
            <translation>
                <numerusform>Finishing: %n record waits or is on its way. Close again to end now; what is left stays in the journal and is sent later.</numerusform>
                <numerusform>Finishing: %n records wait or are on their way. Close again to end now; what is left stays in the journal and is sent later.</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n record(s) wait for "%1", which is not configured. They go on when it is added again.</source>
            <translation>
                <numerusform>%n record waits for "%1", which is not configured. It goes on when that is added again.</numerusform>
                <numerusform>%n records wait for "%1", which is not configured. They go on when it is added again.</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>Remove the endpoint "%1"? %n record(s) wait for it. They are kept, and go on when it is added again, or they are given up and counted as discarded.</source>
            <translation>
                <numerusform>Remove the endpoint "%1"? %n record waits for it. It is kept, and goes on when the endpoint is added again, or it is given up and counted as discarded.</numerusform>
                <numerusform>Remove the endpoint "%1"? %n records wait for it. They are kept, and go on when it is added again, or they are given up and counted as discarded.</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>Replaying %n batch(es)…</source>
            <translation>
                <numerusform>Replaying %n batch…</numerusform>
                <numerusform>Replaying %n batches…</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>Discard the chosen batches? %n record(s) will never be delivered.</source>
            <translation>
                <numerusform>Discard the chosen batches? %n record will never be delivered.</numerusform>
                <numerusform>Discard the chosen batches? %n records will never be delivered.</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>trace::RecordsView</name>
        <message numerus="yes">
            <source>Follow (%n new)</source>
            <translation>
                <numerusform>Follow (%n new)</numerusform>
                <numerusform>Follow (%n new)</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>trace::RunsView</name>
        <message numerus="yes">
            <source>%n run(s)</source>
            <translation>
                <numerusform>%n run</numerusform>
                <numerusform>%n runs</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n source(s) without runs</source>
            <translation>
                <numerusform>%n source without runs</numerusform>
                <numerusform>%n sources without runs</numerusform>
            </translation>
        </message>
    </context>
</TS>
