using Engram.Numerics.Threads;

namespace Engram.Supervised.Layers;

/// <summary>Rows of a result shared out to a team of threads, or kept by the caller where there is too little to do.</summary>
/// <remarks>Hand over delegates that were made once, so that nothing is allocated.</remarks>
internal sealed class SharedRows
{
    /// <summary>Multiply-adds (or elements) below which a team would take longer to meet than to work.</summary>
    private const long LeastWork = 1 << 15;

    private readonly WorkerTeam team;
    private readonly Action<int> share;
    private Action<int, int>? body;
    private int rows;

    public SharedRows(WorkerTeam team)
    {
        this.team = team;
        share = Share;
    }

    /// <summary>Calls the body with ranges [first, end) that together are all rows, in whole groups of 8; each row's work must depend on
    /// that row alone.</summary>
    /// <param name="count">How many rows.</param>
    /// <param name="work">Multiply-adds of all of them.</param>
    /// <param name="range">The body.</param>
    public void Run(int count, long work, Action<int, int> range)
    {
        if (team.Parts == 1 || work < LeastWork)
        {
            range(0, count);
            return;
        }

        (rows, body) = (count, range);
        team.Run(share);
    }

    private void Share(int part)
    {
        (int first, int end) = WorkerTeam.Share(rows, part, team.Parts);
        if (first < end)
        {
            body!(first, end);
        }
    }
}
