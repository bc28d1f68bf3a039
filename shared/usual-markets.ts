// The markets that a new user sees first: a dozen underlyings, each as the kind of account deals in it. A broker refuses an account the other kind's.
import type { AccountType } from './accounts.ts';

export const usualMarkets: Readonly<Record<AccountType, readonly string[]>> = {
  CFD: [
    'CS.D.EURUSD.CFD.IP',
    'CS.D.GBPUSD.CFD.IP',
    'CS.D.USDJPY.CFD.IP',
    'CS.D.EURGBP.CFD.IP',
    'IX.D.FTSE.IFE.IP',
    'IX.D.DAX.IFMM.IP',
    'IX.D.SPTRD.IFMM.IP',
    'IX.D.DOW.IDF.IP',
    'CS.D.CFDGOLD.BMU.IP',
    'CC.D.LCO.UNC.IP',
    'CS.D.BITCOIN.CFD.IP',
    'UA.D.AAPL.CASH.IP',
  ],
  SPREADBET: [
    'CS.D.EURUSD.TODAY.IP',
    'CS.D.GBPUSD.TODAY.IP',
    'CS.D.USDJPY.TODAY.IP',
    'CS.D.EURGBP.TODAY.IP',
    'IX.D.FTSE.DAILY.IP',
    'IX.D.DAX.DAILY.IP',
    'IX.D.SPTRD.DAILY.IP',
    'IX.D.DOW.DAILY.IP',
    'CS.D.USCGC.TODAY.IP',
    'CC.D.LCO.USS.IP',
    'CS.D.BITCOIN.TODAY.IP',
    'UA.D.AAPL.DAILY.IP',
  ],
};
